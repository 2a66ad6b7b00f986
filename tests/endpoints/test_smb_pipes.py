"""DCE/RPC over the named pipes of SMB."""

from __future__ import annotations

import pytest
import rpc_bytes as rpc
import smb_bytes as smb
from conversation import (
    CLIENT,
    SERVER,
    SERVER_IP,
    announced,
    endpoints,
    identified,
    said,
    split_everywhere,
)

from classifier.endpoints.smb import read

# Windows opens svcctl over SMB 3.1.1 (signed), writes a bind and reads its answer.
CREATE = bytes.fromhex(
    "00000084fe534d4240000100000000000500010030000000000000000500000000000000fffe0000010000001d00"
    "0000000c000000000000000000000000000000000000390000000200000000000000000000000000000000000000"
    "9f0112000000000007000000010000000000000078000c000000000000000000730076006300630074006c00"
)
CREATED = bytes.fromhex(
    "00000098fe534d4240000100000000000500010031000000000000000500000000000000fffe0000010000001d00"
    "0000000c000000000000000000000000000000000000590000000100000000000000000000000000000000000000"
    "00000000000000000000000000000000001000000000000000000000000000008000000000000000140000000300"
    "000001000000030000000000000000000000"
)
WRITTEN = bytes.fromhex(
    "000000e4fe534d4240000100000000000900010030000000000000000700000000000000fffe0000010000001d00"
    "0000000c000000000000000000000000000000000000310070007400000000000000000000001400000003000000"
    "01000000030000000000000000000000000000000000000005000b03100000007400000002000000b810b8100000"
    "0000020000000000010081bb7a364498f135ad3298f03800100302000000045d888aeb1cc9119fe808002b104860"
    "020000000100010081bb7a364498f135ad3298f038001003020000002c1cb76c1298404503000000000000000100"
    "0000"
)
# Windows XP opens lsarpc over SMB 1 and binds by TransactNmPipe (without the flags of fragments).
CREATE_1 = bytes.fromhex(
    "00000064ff534d42a200000000180380ed80000000000000000000000e18806303e880b118ff000000000e000600"
    "0000000000009f010200000000000000000000000000030000000100000000000000020000000011004e5c006c00"
    "730061007200700063000000"
)
CREATED_1 = bytes.fromhex(
    "00000067ff534d42a200000000980380ed80000000000000000000000e18806303e880b122ff006700000fc00100"
    "00000000000000000000000000000000000000000000000000000000000000000000800000000010000000000000"
    "00000000000000000200ff05000000"
)
BIND_1 = bytes.fromhex(
    "0000009cff534d422500000000180380ed80000000000000000000000e18806303e8c0b110000048000000000400"
    "0000000000000000000000540048005400020026000fc05900005c0050004900500045005c000000004e05000b00"
    "10000000480000000500000030163016000000000100000000000100785734123412cdabef000123456789ab0000"
    "0000045d888aeb1cc9119fe808002b10486002000000"
)
BIND = rpc.bind((0, rpc.SVCCTL, rpc.NDR))
BIND_ACK = rpc.bind_ack((0, 0, rpc.NDR))
ASK, ANSWER = rpc.request(3, rpc.ept_map(rpc.tower())), rpc.response(rpc.mapped(rpc.tower()))
BIND_MAPPER = rpc.bind((0, rpc.MAPPER, rpc.NDR))
F1, F2 = smb.file(1), smb.file(2)


def carried(heard):
    """Pipe and interface of what rides on the flow."""
    return [(one.detail, one.interface) for one in identified(heard) if one.carried]


def opened(name, number=F1, **rest):
    """A pipe is opened."""
    return [
        (CLIENT, smb.framed(smb.create(name, **rest))),
        (SERVER, smb.framed(smb.created(number, **rest))),
    ]


def written(data, number=F1, **rest):
    return [(CLIENT, smb.framed(smb.write(number, data, **rest)))]


def fetched(data, number=F1, **rest):
    return [
        (CLIENT, smb.framed(smb.read(number, **rest))),
        (SERVER, smb.framed(smb.was_read(data, **rest))),
    ]


def test_windows_binds_by_writing_to_the_pipe():
    heard = said(read, [CREATE, WRITTEN], [CREATED])
    assert carried(heard) == [("over pipe \\PIPE\\svcctl", rpc.SVCCTL)]
    flow, bind = identified(heard)
    assert (flow.service, flow.carried) == ("smb", False)
    assert (bind.service, bind.place.frame, bind.client_is_server) == ("windows-rpc", 3, False)


def test_messages_may_come_in_any_segments():
    for segments in split_everywhere(WRITTEN):
        turns = [(CLIENT, CREATE), (SERVER, CREATED), *((CLIENT, each) for each in segments)]
        heard = said(read, turns=turns)
        assert carried(heard) == [("over pipe \\PIPE\\svcctl", rpc.SVCCTL)]


def test_windows_xp_binds_by_a_transaction():
    heard = said(read, [CREATE_1, BIND_1], [CREATED_1])
    assert carried(heard) == [("over pipe \\PIPE\\lsarpc", "12345778-1234-abcd-ef00-0123456789ab")]


@pytest.mark.parametrize(
    "name", ["svcctl", "\\svcctl", "\\PIPE\\svcctl", "PIPE\\svcctl", "/svcctl"]
)
def test_the_name_of_a_pipe_is_the_same_however_it_is_written(name):
    heard = said(read, turns=[*opened(name), *written(BIND)])
    assert carried(heard) == [("over pipe \\PIPE\\svcctl", rpc.SVCCTL)]


def test_a_name_that_nobody_can_read_is_made_readable():
    heard = said(read, turns=[*opened("a\x1b[0m\u202e" + "b" * 99), *written(BIND)])
    ((words, _),) = carried(heard)
    assert words == "over pipe \\PIPE\\a?[0m?" + "b" * 58


def test_a_bind_by_a_transaction_of_smb_2_is_heard():
    turns = [*opened("svcctl"), (CLIENT, smb.framed(smb.transceive(F1, BIND)))]
    assert carried(said(read, turns=turns)) == [("over pipe \\PIPE\\svcctl", rpc.SVCCTL)]


def test_other_controls_are_no_pipe():
    turns = [*opened("svcctl"), (CLIENT, smb.framed(smb.transceive(F1, BIND, code=0x0014_01FC)))]
    assert carried(said(read, turns=turns)) == []


def test_several_pipes_on_one_connection_are_told_apart():
    half = len(BIND) // 2
    turns = [
        *opened("svcctl", F1),
        *opened("epmapper", F2),
        *written(BIND[:half], F1),
        *written(BIND_MAPPER, F2),
        *written(BIND[half:], F1),
    ]
    assert carried(said(read, turns=turns)) == [
        ("over pipe \\PIPE\\svcctl", rpc.SVCCTL),
        ("over pipe \\PIPE\\epmapper", rpc.MAPPER),
    ]


def test_the_same_bind_over_the_same_pipe_is_told_once():
    turns = [*opened("svcctl"), *written(BIND), *opened("svcctl", F2), *written(BIND, F2)]
    assert len(carried(said(read, turns=turns))) == 1


def test_compounded_commands_are_read_one_after_the_other():
    related = {"flags": 4}
    turns = [
        (
            CLIENT,
            smb.compound(
                smb.create("svcctl", number=1),
                smb.write(smb.SAME_FILE, BIND, number=2, **related),
                smb.read(smb.SAME_FILE, number=3, **related),
            ),
        ),
        (
            SERVER,
            smb.compound(smb.created(F1, number=1), smb.was_read(BIND_ACK, number=3, **related)),
        ),
        *written(rpc.bind((1, rpc.DRSUAPI, rpc.NDR), kind=rpc.ALTER, call=2), F1),
    ]
    assert carried(said(read, turns=turns)) == [
        ("over pipe \\PIPE\\svcctl", rpc.SVCCTL),
        ("over pipe \\PIPE\\svcctl", rpc.DRSUAPI),
    ]


def mapped_over_pipe(answer, **rest):
    turns = [
        *opened("epmapper"),
        *written(BIND_MAPPER),
        *fetched(rpc.bind_ack((0, 0, rpc.NDR))),
        (CLIENT, smb.framed(smb.transceive(F1, ASK))),
        *answer,
    ]
    return said(read, turns=turns, **rest)


def test_the_mapper_hands_out_ports_over_its_pipe():
    heard = mapped_over_pipe([(SERVER, smb.framed(smb.transceived(F1, ANSWER)))])
    assert endpoints(heard) == [(SERVER_IP, 49_674)]
    (one,) = announced(heard)
    assert (one.service, one.interface, one.speaker) == ("windows-rpc", rpc.DRSUAPI, SERVER_IP)
    assert carried(heard) == [("over pipe \\PIPE\\epmapper", rpc.MAPPER)]


def test_an_answer_that_is_more_than_fits_is_read_on():
    heard = mapped_over_pipe(
        [
            (SERVER, smb.framed(smb.transceived(F1, ANSWER[:50], status=smb.MORE))),
            *fetched(ANSWER[50:]),
        ]
    )
    assert endpoints(heard) == [(SERVER_IP, 49_674)]


def test_an_answer_that_is_pending_comes_later():
    pending = smb.framed(
        smb.smb2(smb.IOCTL, b"\x09\0" + b"\0" * 7, answer=True, status=smb.PENDING)
    )
    heard = mapped_over_pipe([(SERVER, pending), (SERVER, smb.framed(smb.transceived(F1, ANSWER)))])
    assert endpoints(heard) == [(SERVER_IP, 49_674)]


def test_who_answers_is_who_speaks_even_if_taken_for_the_client():
    turns = [
        (not side, data)
        for side, data in [
            *opened("epmapper"),
            *written(BIND_MAPPER),
            *fetched(rpc.bind_ack((0, 0, rpc.NDR))),
            (CLIENT, smb.framed(smb.transceive(F1, ASK))),
            (SERVER, smb.framed(smb.transceived(F1, ANSWER))),
        ]
    ]
    heard = said(read, turns=turns, client_ip="10.9.9.9")
    assert [(one.host, one.speaker) for one in announced(heard)] == [("10.9.9.9", "10.9.9.9")]


def test_a_file_that_does_not_exist_is_no_pipe():
    turns = [
        (CLIENT, smb.framed(smb.create("svcctl"))),
        (SERVER, smb.framed(smb.created(F1, status=smb.NOT_FOUND))),
        *written(BIND),
    ]
    assert carried(said(read, turns=turns)) == [("over a named pipe", rpc.SVCCTL)]


def test_files_of_a_disk_are_no_pipes():
    asked, answered = smb.tree_connected(1, tree=5)
    turns = [(CLIENT, asked), (SERVER, answered), *opened("bind.bin", tree=5)]
    heard = said(read, turns=[*turns, *written(BIND, tree=5), *written(BIND, F2, tree=5)])
    assert carried(heard) == []
    asked, answered = smb.tree_connected(2, tree=6)
    turns += [(CLIENT, asked), (SERVER, answered), *opened("svcctl", F2, tree=6)]
    assert len(carried(said(read, turns=[*turns, *written(BIND, F2, tree=6)]))) == 1


def test_a_pipe_that_was_opened_before_the_recording_has_no_name():
    assert carried(said(read, turns=written(BIND))) == [("over a named pipe", rpc.SVCCTL)]


def test_a_gap_in_a_pipe_does_not_join_what_it_parts():
    turns = [
        *opened("svcctl"),
        *written(BIND[:40]),
        (CLIENT, 500),
        *written(BIND[40:]),
        *written(BIND_MAPPER),
    ]
    assert carried(said(read, turns=turns)) == [("over pipe \\PIPE\\svcctl", rpc.MAPPER)]


@pytest.mark.parametrize("length", [0, 1, 73, 2**31, 2**32 - 1])
def test_a_wrong_length_of_what_is_written_invents_nothing(length):
    turns = [*opened("svcctl"), (CLIENT, smb.framed(smb.write(F1, BIND, lie_length=length)))]
    assert carried(said(read, turns=turns)) == []


# SMB 1


def old(*turns):
    """What rides on a connection of SMB 1 with an opened pipe, number 7."""
    opening = [(CLIENT, smb.smb1_create("\\svcctl")), (SERVER, smb.smb1_created(7))]
    return said(read, turns=[*opening, *turns])


@pytest.mark.parametrize(
    "bind",
    [smb.smb1_write(7, BIND), smb.smb1_transact(7, BIND), smb.smb1_old_write(7, BIND)],
    ids=["WriteAndX", "TransactNmPipe", "Write"],
)
def test_every_way_of_writing_of_smb_1_is_heard(bind):
    assert carried(old((CLIENT, bind))) == [("over pipe \\PIPE\\svcctl", rpc.SVCCTL)]


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        ([smb.smb1_transact(7, ASK)], smb.smb1_transacted(ANSWER)),
        ([smb.smb1_write(7, ASK), smb.smb1_read(7)], smb.smb1_was_read(ANSWER)),
        ([smb.smb1_old_write(7, ASK), smb.smb1_old_read(7)], smb.smb1_old_was_read(ANSWER)),
    ],
    ids=["TransactNmPipe", "ReadAndX", "Read"],
)
def test_every_way_of_reading_of_smb_1_is_heard(ask, answer):
    heard = old(
        (CLIENT, smb.smb1_write(7, BIND_MAPPER)),
        *((CLIENT, each) for each in ask),
        (SERVER, answer),
    )
    assert endpoints(heard) == [(SERVER_IP, 49_674)]


def test_names_of_old_clients_are_ascii():
    turns = [
        (CLIENT, smb.smb1_create("\\PIPE\\srvsvc", unicode=False)),
        (SERVER, smb.smb1_created(9)),
        (CLIENT, smb.smb1_write(9, BIND)),
    ]
    assert carried(said(read, turns=turns)) == [("over pipe \\PIPE\\srvsvc", rpc.SVCCTL)]


def test_other_transactions_are_no_pipe():
    assert carried(old((CLIENT, smb.smb1_transact(7, BIND, function=0x01)))) == []


def test_files_of_a_disk_of_smb_1_are_no_pipes():
    asked, answered = smb.smb1_tree_connected(b"A:")
    turns = [(CLIENT, asked), (SERVER, answered), (CLIENT, smb.smb1_write(3, BIND))]
    assert carried(said(read, turns=turns)) == []
    asked, answered = smb.smb1_tree_connected(b"IPC")
    turns = [(CLIENT, asked), (SERVER, answered), (CLIENT, smb.smb1_write(3, BIND))]
    assert carried(said(read, turns=turns)) == [("over a named pipe", rpc.SVCCTL)]


def test_every_truncation_is_survived():
    for whole in (CREATE, CREATED, WRITTEN, CREATE_1, CREATED_1, BIND_1):
        for length in range(4, len(whole)):
            short = smb.framed(whole[4:length])
            said(read, turns=[*opened("svcctl"), (CLIENT, short), (SERVER, short)])
