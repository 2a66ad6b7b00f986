"""DNS messages: names with pointers, and lies about all of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classifier.endpoints.dnsmessage import SRV, A, parse

# An answer over mDNS from a Mac: PTR, SRV, TXT twice, AAAA and A, names as pointers.
ANSWER = bytes.fromhex(
    "0000840000000001000000050f5f636f6d70616e696f6e2d6c696e6b045f746370056c6f63616c00000c000100001194"
    "0008054d4250726fc00cc0320021800100000078000e00000000cdf1054d4250726fc021c0320010800100001194"
    "0077117270484e3d6566336630663031343938650c7270466c3d307832303030300a727056723d3231302e341172"
    "7048413d36333863656631356661326211727041443d63326561346335616366656511727048493d326462336339"
    "35356364383216727042413d35333a44443a42393a30363a42353a3030054d4250726f0c5f6465766963652d696e"
    "666fc01c00100001000011940033146d6f64656c3d4d6163426f6f6b50726f31342c310a6f7378766572733d3230"
    "1265636f6c6f723d3232352c3232352c323233c04c001c8001000000780010fe800000000000000829b8e737376d"
    "bec04c00018001000000780004c0a80179"
)


def named(*labels):
    return b"".join(bytes([len(label)]) + label for label in labels)


def question(name, counts=(1, 0, 0, 0)):
    head = b"\x00\x01\x00\x00" + b"".join(count.to_bytes(2) for count in counts)
    return head + name + b"\x00\x01\x00\x01"


def test_an_answer_is_read_with_all_its_pointers():
    message = parse(ANSWER)
    assert message.is_whole
    assert message.is_answer
    kinds = [record.type for record in message.records]
    assert kinds == [12, SRV, 16, 16, 28, A]
    assert message.records[1].name == "MBPro._companion-link._tcp.local"
    assert message.names.at(message.records[1].start + 6) == "MBPro.local"
    assert message.records[5].name == "MBPro.local"
    assert message.records[5].data == bytes([192, 168, 1, 121])


def test_a_message_cut_anywhere_keeps_what_came_before():
    for length in range(len(ANSWER)):
        message = parse(ANSWER[:length])
        assert message is None or not message.is_whole
    assert parse(ANSWER[:-1]).records[4].type == 28


def test_a_pointer_to_itself_or_forward_is_damage():
    assert parse(question(b"\xc0\x0c")).questions == ()
    assert parse(question(b"\xc0\x20")).questions == ()
    assert parse(question(b"\x01a\xc0\x0c")).questions == ()


def test_a_chain_of_pointers_is_followed_so_far_only():
    head = b"\x00\x01\x00\x00\x00\x00\x00\x02" + bytes(4)
    first = len(head) + 11  # where the data of the first record begin
    for links, expected in ((10, 2), (40, 1)):
        chain = b"\x01a\x00" + (0xC000 | first).to_bytes(2)
        for _ in range(links - 1):
            chain += (0xC000 | (first + len(chain) - 2)).to_bytes(2)
        record = b"\x00\x00\x63\x00\x01" + bytes(4) + len(chain).to_bytes(2) + chain
        last = (0xC000 | (first + len(chain) - 2)).to_bytes(2)
        second = last + b"\x00\x63\x00\x01" + bytes(6)
        assert len(parse(head + record + second).records) == expected


def test_a_name_of_more_than_255_bytes_is_damage():
    assert parse(question(named(*[b"a" * 63] * 4) + b"\x00")).questions == ()
    assert len(parse(question(named(*[b"a" * 63] * 3) + b"\x00")).questions[0].name) == 191


def test_a_name_is_valid_text_whatever_its_bytes():
    name = parse(question(named(b"\xff\xed\xa0\x80") + b"\x00")).questions[0].name
    assert name.encode("utf-8")
    assert "\\xff" in name


def test_a_count_that_lies_gives_no_whole_message():
    message = parse(question(named(b"a") + b"\x00", (65_535, 65_535, 65_535, 65_535)))
    assert len(message.questions) == 1
    assert not message.is_whole


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_error(data):
    message = parse(data)
    if message:
        for record in message.records:
            name = message.names.at(record.start)
            assert name is None or len(name) <= 253
