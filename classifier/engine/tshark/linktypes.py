"""Wireshark's numbers of link types as LINKTYPE_ numbers.

Found by giving TShark 4.0.17 a pcap file of each link type; Wireshark only ever adds to the list.
"""

from __future__ import annotations

__all__ = ["link_type"]

_PAIRS = """
    1:1 2:6 3:8 4:9 6:10 7:101 8:7 9:129 10:100 13:123 15:0 18:122 19:204 20:105 21:119 23:127
    24:163 25:113 26:107 28:104 30:114 33:143 36:268 39:117 41:187 42:140 43:141 61:99 62:138
    63:165 66:169 67:137 68:135 75:139 81:130 82:131 83:178 84:179 85:180 86:181 87:133 91:183
    92:186 93:188 95:189 97:192 98:197 99:201 100:196 101:142 103:199 104:195 105:214 106:210
    107:212 108:211 109:190 111:213 112:209 113:215 115:220 121:224 122:225 124:226 125:227
    127:230 129:228 130:229 131:203 132:235 133:236 135:240 136:241 138:243 139:51 140:245
    141:239 146:231 147:202 148:3 149:248 151:136 152:249 153:250 154:251 155:252 157:237
    158:253 159:254 160:255 161:256 171:258 172:259 173:260 174:108 177:264 180:242 181:184
    182:266 183:270 185:271 186:272 197:200 198:274 199:273 200:275 204:279 205:280 206:283
    208:288 210:276 211:287 212:290 214:292 215:293 216:294 217:295
"""
_LINK_TYPES: dict[int, int] = {
    int(ours): int(theirs) for ours, theirs in (pair.split(":") for pair in _PAIRS.split())
}
_LINK_TYPES |= {45 + number: 147 + number for number in range(16)}  # USER0 to USER15


def link_type(encapsulation: int) -> int:
    """The LINKTYPE_ number of a WTAP_ENCAP number, -1 where there is none."""
    return _LINK_TYPES.get(encapsulation, -1)
