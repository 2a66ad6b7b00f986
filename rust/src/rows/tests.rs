use super::*;

fn bytes<const N: usize>(values: impl IntoIterator<Item = [u8; N]>) -> Vec<u8> {
    values.into_iter().flatten().collect()
}

fn json() -> Form {
    Form { null: b"null".to_vec(), quote: b"\"".to_vec(), end: b"}\n".to_vec() }
}

fn one(kind: Kind, data: &[u8], missing: &[u8], rows: usize) -> Result<String, Wrong> {
    let writer = Writer::new(vec![(b"{\"x\":".to_vec(), kind)], json())?;
    let mut out = b"what was there before".to_vec();
    let length = writer.write(rows, &[Values { data, missing }], &mut writer.room(), &mut out)?;
    out.truncate(length);
    Ok(String::from_utf8(out).expect("text"))
}

fn number(value: i64) -> String {
    one(Kind::Signed(8), &value.to_ne_bytes(), &[], 1).expect("one row")
}

fn time(value: i64) -> String {
    one(Kind::Time, &value.to_ne_bytes(), &[], 1).expect("one row")
}

#[test]
fn numbers_are_written_as_rust_writes_them() {
    let powers = (0..19).map(|digits| 10_i64.pow(digits));
    let near = powers.flat_map(|power| [power - 1, power, power + 1, -power]);
    for value in near.chain([i64::MIN, i64::MAX]) {
        assert_eq!(number(value), format!("{{\"x\":{value}}}\n"));
    }
}

#[test]
fn numbers_of_any_width_are_written() {
    for (kind, data, text) in [
        (Kind::Signed(1), vec![255], "-1"),
        (Kind::Unsigned(1), vec![255], "255"),
        (Kind::Signed(2), i16::MIN.to_ne_bytes().to_vec(), "-32768"),
        (Kind::Unsigned(2), u16::MAX.to_ne_bytes().to_vec(), "65535"),
        (Kind::Signed(4), i32::MIN.to_ne_bytes().to_vec(), "-2147483648"),
        (Kind::Unsigned(4), u32::MAX.to_ne_bytes().to_vec(), "4294967295"),
        (Kind::Unsigned(8), u64::MAX.to_ne_bytes().to_vec(), "18446744073709551615"),
        (Kind::Label(b"a\nb\n".to_vec(), 1), vec![1], "b"),
    ] {
        assert_eq!(one(kind, &data, &[], 1), Ok(format!("{{\"x\":{text}}}\n")));
    }
}

#[test]
fn a_row_of_long_texts_is_written_whole() {
    let long = "x".repeat(70_000);
    let kind = Kind::Label(format!("{long}\n").into_bytes(), 1);
    assert_eq!(one(kind, &[0, 0], &[], 2), Ok(format!("{{\"x\":{long}}}\n").repeat(2)));
    let wide = one(Kind::Text(500), &[b'y'; 1000], &[], 2);
    assert_eq!(wide, Ok(format!("{{\"x\":\"{}\"}}\n", "y".repeat(500)).repeat(2)));
}

#[test]
fn times_are_written_to_the_nanosecond_from_the_first_to_the_last() {
    for (value, text) in [
        (0, "1970-01-01T00:00:00.000000000Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (951_782_399_999_999_999, "2000-02-28T23:59:59.999999999Z"),
        (951_782_400_000_000_000, "2000-02-29T00:00:00.000000000Z"),
        (1_735_689_599_000_000_001, "2024-12-31T23:59:59.000000001Z"),
        (i64::MIN, "1677-09-21T00:12:43.145224192Z"),
        (i64::MAX, "2262-04-11T23:47:16.854775807Z"),
    ] {
        assert_eq!(time(value), format!("{{\"x\":\"{text}\"}}\n"));
    }
}

#[test]
fn a_time_after_another_is_written_the_same() {
    let times = [5, 1_000_000_005, 999_999_999, -1, 86_400_000_000_000, 1_000_000_006];
    let data = bytes(times.map(i64::to_ne_bytes));
    let together = one(Kind::Time, &data, &[], times.len()).expect("rows");
    assert_eq!(together, times.map(time).concat());
}

#[test]
fn times_of_many_seconds_and_days_come_back_in_any_order() {
    let second = |row: i64| row * 7919 % 5000 - 100; // of 5100 one after the other, out of order
    let days = [0, 1, 40_000].map(|days| days * 86_400);
    let times: Vec<i64> = (0..3000)
        .flat_map(|row| days.map(|day| (day + second(row % 1500)) * 1_000_000_000 + row))
        .collect();
    let data = bytes(times.iter().map(|time| time.to_ne_bytes()));
    let together = one(Kind::Time, &data, &[], times.len()).expect("rows");
    let alone: String = times.iter().map(|value| time(*value)).collect();
    assert_eq!(together, alone);
}

#[test]
fn small_numbers_and_large_ones_stand_in_rows_side_by_side() {
    let text = |data: &[u16]| {
        let bytes = bytes(data.iter().map(|number| number.to_ne_bytes()));
        one(Kind::Unsigned(2), &bytes, &[], data.len()).expect("rows")
    };
    for numbers in [0..=600_u16, 400..=600, 0..=8191, 8000..=8300, 65_500..=65_535] {
        let numbers: Vec<u16> = numbers.collect();
        let expected = numbers.iter().map(|number| format!("{{\"x\":{number}}}\n"));
        assert_eq!(text(&numbers), expected.collect::<String>());
    }
}

#[test]
fn labels_are_written_as_they_came_and_minus_one_is_null() {
    for many in [0, 5000] {
        let more = "\"\"\n".repeat(many);
        let kind = Kind::Label(format!("\"a\"\n\"\\n\"\n{more}").into_bytes(), 4);
        let data = bytes([1_i32, -1, 0].map(i32::to_ne_bytes));
        let text = one(kind, &data, &[], 3).expect("rows");
        assert_eq!(text, "{\"x\":\"\\n\"}\n{\"x\":null}\n{\"x\":\"a\"}\n");
    }
}

#[test]
fn an_empty_label_is_a_label_and_no_labels_are_none() {
    let zero = 0_i32.to_ne_bytes();
    assert_eq!(one(Kind::Label(b"\n".to_vec(), 4), &zero, &[], 1), Ok("{\"x\":}\n".to_owned()));
    assert_eq!(one(Kind::Label(Vec::new(), 4), &zero, &[], 1), Err(Wrong::Label(0)));
    let null = (-1_i32).to_ne_bytes();
    assert_eq!(one(Kind::Label(Vec::new(), 4), &null, &[], 1), Ok("{\"x\":null}\n".to_owned()));
}

#[test]
fn a_text_ends_at_its_padding() {
    let text = one(Kind::Text(3), b"ab\0\0\0\0a\0b", &[], 3).expect("rows");
    assert_eq!(text, "{\"x\":\"ab\"}\n{\"x\":\"\"}\n{\"x\":\"a\0b\"}\n");
}

#[test]
fn what_is_missing_is_null_whatever_it_is() {
    for (kind, width) in [
        (Kind::Signed(8), 8),
        (Kind::Time, 8),
        (Kind::Text(2), 2),
        (Kind::Label(b"x\n".to_vec(), 4), 4),
    ] {
        let data = vec![0; width * 2];
        let text = one(kind, &data, &[0, 1], 2).expect("rows");
        assert_eq!(text.lines().nth(1), Some("{\"x\":null}"));
        assert_ne!(text.lines().next(), Some("{\"x\":null}"));
    }
}

#[test]
fn columns_that_do_not_fit_are_refused() {
    assert_eq!(one(Kind::Signed(8), &[0; 15], &[], 2), Err(Wrong::Length(0)));
    assert_eq!(one(Kind::Signed(8), &[0; 16], &[0], 2), Err(Wrong::Length(0)));
    assert_eq!(one(Kind::Signed(8), &[], &[], usize::MAX), Err(Wrong::Length(0)));
    let written = |columns| {
        let writer = Writer::new(columns, json())?;
        writer.write(1, &[], &mut writer.room(), &mut Vec::new())
    };
    assert_eq!(written(vec![]), Ok(2));
    assert_eq!(written(vec![(vec![], Kind::Signed(8))]), Err(Wrong::Columns));
    let far = 1_i32.to_ne_bytes();
    assert_eq!(one(Kind::Label(b"x\n".to_vec(), 4), &far, &[], 1), Err(Wrong::Label(0)));
}

#[test]
fn numbers_stand_behind_headings_of_any_length() {
    let numbers: Vec<i64> = (0..60_u32)
        .map(|row| 10_i64.pow(row % 19) * if row % 5 == 0 { -1 } else { 1 } + i64::from(row))
        .collect();
    let data = bytes(numbers.iter().map(|number| number.to_ne_bytes()));
    let gone: Vec<u8> = (0..60).map(|row| u8::from(row % 7 == 3)).collect();
    for length in 0..40 {
        let heading = "h".repeat(length);
        for missing in [&[][..], &gone] {
            let columns = vec![(heading.clone().into_bytes(), Kind::Signed(8))];
            let (mut out, values) = (Vec::new(), [Values { data: &data, missing }]);
            let writer = Writer::new(columns, json()).expect("a form");
            let written = writer.write(60, &values, &mut writer.room(), &mut out).expect("rows");
            let expected = numbers.iter().enumerate().map(|(row, number)| {
                let is_gone = missing.get(row).is_some_and(|missing| *missing != 0);
                let value = if is_gone { "null".to_owned() } else { number.to_string() };
                format!("{heading}{value}}}\n")
            });
            assert_eq!(String::from_utf8_lossy(&out[..written]), expected.collect::<String>());
        }
    }
}

#[test]
fn a_form_of_long_texts_is_refused() {
    for (null, quote, is_form) in [(8, 1, true), (9, 1, false), (8, 2, false)] {
        let form = Form { null: vec![b'n'; null], quote: vec![b'q'; quote], end: vec![] };
        assert_eq!(Writer::new(vec![], form).is_ok(), is_form);
    }
}

#[test]
fn texts_of_any_width_are_quoted_where_others_are_missing() {
    for width in [1, 2, 29, 30, 31, 32, 33, 70] {
        let texts: Vec<Vec<u8>> =
            (0..40).map(|row| vec![b'a' + row as u8 % 26; row % (width + 1)]).collect();
        let padded = texts.iter().flat_map(|text| {
            text.iter().copied().chain(std::iter::repeat_n(0, width - text.len()))
        });
        let data: Vec<u8> = padded.collect();
        let gone: Vec<u8> = (0..40).map(|row| u8::from(row > 20 && row % 3 == 0)).collect();
        for missing in [&[][..], &gone] {
            let expected = texts.iter().enumerate().map(|(row, text)| {
                let is_gone = missing.get(row).is_some_and(|missing| *missing != 0);
                let text = String::from_utf8(text.clone()).expect("text");
                let value = if is_gone { "null".to_owned() } else { format!("\"{text}\"") };
                format!("{{\"x\":{value}}}\n")
            });
            let expected = expected.collect::<String>();
            assert_eq!(one(Kind::Text(width), &data, missing, 40), Ok(expected));
        }
    }
}

#[test]
fn rows_of_several_blocks_stand_in_their_order() {
    for heading in ["{\"x\":", "{\"a heading of more bytes than one step has\":"] {
        for quote in ["\"", ""] {
            let form = Form { quote: quote.into(), ..json() };
            let heading = || heading.as_bytes().to_vec();
            let columns = vec![(heading(), Kind::Signed(8)), (heading(), Kind::Time)];
            let numbers: Vec<i64> = (0..100).map(|row| row * 10_i64.pow(row as u32 % 17)).collect();
            let data = bytes(numbers.iter().map(|number| number.to_ne_bytes()));
            let missing: Vec<u8> = (0..100).map(|row| u8::from(row % 7 == 0)).collect();
            let values =
                [Values { data: &data, missing: &[] }, Values { data: &data, missing: &missing }];
            let mut out = b"what was there before".to_vec();
            let writer = Writer::new(columns, form).expect("a form");
            let length = writer.write(100, &values, &mut writer.room(), &mut out).expect("rows");
            out.truncate(length);
            let expected = numbers.iter().zip(&missing).map(|(number, missing)| {
                let heading = String::from_utf8(heading()).expect("text");
                let time = time(*number);
                let time = format!("{quote}{}{quote}", &time[6..time.len() - 3]);
                let time = if *missing == 0 { &time } else { "null" };
                format!("{heading}{number}{heading}{time}}}\n")
            });
            assert_eq!(String::from_utf8(out).expect("text"), expected.collect::<String>());
        }
    }
}

#[test]
fn labels_of_every_length_are_written_whole_and_in_their_place() {
    for many in [0, 9000] {
        for longest in [0_i32, 31, 32, 63, 64, 100] {
            let text = |index: i32| match usize::try_from(index) {
                Ok(length) => "x".repeat(length),
                Err(_) => "null".to_owned(),
            };
            let lines: Vec<String> = (0..=longest).map(|index| text(index) + "\n").collect();
            let kind = Kind::Label([lines.concat(), "y\n".repeat(many)].concat().into(), 4);
            let indices: Vec<i32> = (-1..=longest).rev().collect();
            let data = bytes(indices.iter().map(|index| index.to_ne_bytes()));
            let written = one(kind.clone(), &data, &[], indices.len()).expect("rows");
            let expected = indices.iter().map(|index| ["{\"x\":", &text(*index), "}\n"].concat());
            assert_eq!(written, expected.collect::<String>());
            let beyond = (longest + 1 + i32::try_from(many).expect("small")).to_ne_bytes();
            assert_eq!(one(kind, &beyond, &[], 1), Err(Wrong::Label(0)));
        }
    }
}

#[test]
fn addresses_are_labels_as_if_they_came_as_texts() {
    let four = |bytes: [u8; 4]| {
        let mut packed = [0; 16];
        packed[..4].copy_from_slice(&bytes);
        (packed, 4)
    };
    let mut all: Vec<([u8; 16], u8)> =
        (0..=255).flat_map(|byte| [four([byte, 0, byte, 10]), four([1, byte, 0, byte])]).collect();
    all.push(([0; 16], 6));
    let short = all.clone();
    all.push(([0xab; 16], 6));
    for addresses in [short, all, vec![]] {
        let (packed, versions): (Vec<_>, Vec<_>) = addresses.into_iter().unzip();
        let texts = crate::table::AddressTexts::new(&packed, &versions, b"");
        let labels = Labels::new(texts.lines(), b"null");
        let rows = packed.len() + 1;
        let data = bytes((-1..).take(rows).map(i32::to_ne_bytes));
        let written = |labels: Labels| one(Kind::Shared(labels.into(), 4), &data, &[], rows);
        let found = written(Labels::addresses(&packed, &versions, b"null"));
        assert_eq!(found, written(labels));
    }
}
