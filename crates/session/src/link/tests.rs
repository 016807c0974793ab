//! Links survive the way there and back, and nothing else gets in.

use proptest::prelude::*;

use super::*;
use crate::input::Preset;

fn example() -> Link {
    let statement = |pid, text: &str| Input::Statement {
        pid: abi::Pid(pid),
        text: text.into(),
    };
    Link {
        setup: Setup {
            preset: Preset::Linux,
            program: "int main(void) { return 0; }".into(),
            files: vec![LabFile::new("hello.txt", b"Hello, pages")],
        },
        inputs: vec![
            (3, statement(100, "char x = ptr[0];")),
            (9, Input::File(LabFile::new("mine", &[7; 5000]))),
            (9, Input::Prefer(abi::Pid(101))),
            (12, Input::DropCaches),
        ],
        position: 40,
        hash: 0x0123_4567_89ab_cdef,
        absent: Vec::new(),
    }
}

#[test]
fn a_link_is_short_and_says_its_version() {
    let text = example().encode();
    assert!(
        text.starts_with("1.") && text.len() < 300,
        "{} {text}",
        text.len()
    );
    assert_eq!(Link::decode(&format!("#{text}")), Ok(example()));
}

#[test]
fn a_large_file_travels_by_name_and_can_be_supplied() {
    let mut link = example();
    let large = LabFile::new("video", &[1; 100_000]);
    link.setup.files.push(large.clone());
    let mut read = Link::decode(&link.encode()).expect("a link");
    insta::assert_snapshot!(
        read.absent.iter().map(ToString::to_string).collect::<String>(),
        @"The file `video` (100000 bytes) was too large to travel in the link. Add it again; until then it is all zeros."
    );
    assert_eq!(
        read.setup.files.get(1),
        Some(&LabFile::new("video", &[0; 100_000]))
    );
    // Handed on without the file it still names the right one.
    let again = Link::decode(&read.encode());
    assert_eq!(again.as_ref(), Ok(&read));
    assert!(!read.supply(&LabFile::new("video", &[2; 100_000])));
    assert!(read.supply(&large));
    assert_eq!(read, link);
}

#[test]
fn what_is_wrong_is_said() {
    let text = example().encode();
    let (body, half) = (
        text.get(2..).unwrap_or(""),
        text.get(..text.len() / 2).unwrap_or(""),
    );
    let bomb = URL_SAFE_NO_PAD.encode(compress_to_vec_zlib(&vec![0; 64 << 20], 9));
    for (text, error) in [
        (String::new(), LinkError::Empty),
        ("#".into(), LinkError::Empty),
        (half.into(), LinkError::CutOff),
        (format!("2.{body}"), LinkError::OtherVersion),
        (body.into(), LinkError::Damaged),
        ("1.!!!!".into(), LinkError::Damaged),
        (
            format!("1.{}", URL_SAFE_NO_PAD.encode(compress_to_vec_zlib(b"", 1))),
            LinkError::Damaged,
        ),
        (format!("1.{bomb}"), LinkError::TooLarge),
        ("1.".to_owned() + &"A".repeat(2 << 20), LinkError::TooLarge),
    ] {
        assert_eq!(
            Link::decode(&text),
            Err(error),
            "{}",
            text.get(..40).unwrap_or(&text)
        );
        assert!(!error.to_string().is_empty());
    }
}

proptest! {
    #[test]
    fn any_text_gives_a_link_or_an_error(text in "(1\\.)?[-_A-Za-z0-9]{0,200}") {
        let _ = Link::decode(&text).is_ok();
    }

    #[test]
    fn any_record_gives_a_link_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = format!("1.{}", URL_SAFE_NO_PAD.encode(compress_to_vec_zlib(&bytes, 1)));
        prop_assert!(Link::decode(&text).is_ok_and(|link| link.position <= MOST_STEPS) || Link::decode(&text).is_err());
    }

    #[test]
    fn a_changed_character_never_gives_another_link(at in 2usize..200, letter in "[A-Za-z0-9_-]") {
        let text = example().encode();
        let at = at.min(text.len() - 1);
        let mut changed = text.clone();
        changed.replace_range(at..=at, &letter);
        prop_assert!(Link::decode(&changed).is_err() || Link::decode(&changed) == Ok(example()));
    }

    #[test]
    fn every_lab_goes_there_and_back(program in ".{0,200}", name in "[a-z]{1,8}", bytes in prop::collection::vec(any::<u8>(), 0..300), position in 0..=MOST_STEPS) {
        let mut link = example();
        link.setup.program = program.into();
        link.setup.files = vec![LabFile::new(&name, &bytes)];
        link.position = position;
        prop_assert_eq!(Link::decode(&link.encode()), Ok(link));
    }
}
