//! The README's arrow picture is what the program prints: `Display` of the kernel, in the opening demo, after the first
//! load from the mapped file.
#![allow(clippy::expect_used)]

use mmap_tests::root;
use session::StepBy;

const START: &str = "<!-- arrow picture -->\n```\n";
const END: &str = "```\n<!-- end of the arrow picture -->";

/// The kernel's own picture once the demo has run `char x = ptr[0];`.
fn picture() -> String {
    let mut session = session::demo::open().expect("the demo is a program of the language");
    session.step(StepBy::Statement);
    session.kernel().to_string()
}

#[test]
fn the_arrow_picture_is_printed_by_the_program() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let shown = readme
        .split_once(START)
        .and_then(|(_, rest)| rest.split_once(END));
    let (shown, _) = shown.expect("the markers of the arrow picture");
    assert_eq!(
        shown,
        picture(),
        "the README's picture (left) is not what the program prints"
    );
}
