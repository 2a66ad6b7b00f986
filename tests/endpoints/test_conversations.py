"""The conversations that tests of announcing protocols are made of."""

from __future__ import annotations

from conversation import CLIENT, SERVER, conversation, split_everywhere

from classifier.endpoints.stream import runs


def test_sides_speak_in_turns_and_frames_count_up():
    pieces = conversation([b"ask", b"bye"], [b"answer"]).pieces
    assert [(piece.client, piece.frame, piece.data) for piece in pieces] == [
        (CLIENT, 1, b"ask"),
        (SERVER, 2, b"answer"),
        (CLIENT, 3, b"bye"),
    ]
    assert [piece.position for piece in pieces] == [0, 0, 3]


def test_a_number_is_a_gap_in_the_stream():
    made = conversation(turns=[(SERVER, b"one"), (SERVER, 5), (SERVER, b"two")])
    assert [(run.position, run.data) for run in runs(made, client=False)] == [
        (0, b"one"),
        (8, b"two"),
    ]


def test_a_split_payload_is_the_same_stream():
    splits = list(split_everywhere(b"payload"))
    assert len(splits) == 7
    for segments in splits:
        (run,) = runs(conversation(segments), client=True)
        assert run.data == b"payload"


def test_a_place_is_the_frame_that_brought_the_byte():
    (run,) = runs(conversation([b"ab", b"cd"]), client=True)
    assert [run.place(offset).frame for offset in range(6)] == [1, 1, 2, 2, 2, 2]
    assert run.place(0).flow == 7
