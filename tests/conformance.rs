//! Every fact of public test suites that is to hold has a program: the programs' first comments say which ones they show.
#![allow(clippy::expect_used)]

use std::collections::BTreeSet;
use std::fs;

use mmap_tests::root;

/// The suites, and the numbers of their facts that a program of system calls, loads, stores and forks can show. LTP's 131
/// (cachestat) is left out: the lab's language does not have the call.
const FACTS: &[(&str, &[u32])] = &[
    (
        "gVisor",
        &[
            1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 17, 19, 20, 22, 23, 28, 29, 31, 32, 34, 35, 37,
            38, 40, 41, 43, 44, 46, 47, 49, 50, 52, 53, 55, 56, 58, 59, 61, 62, 64, 65, 67, 68, 70,
            71, 73, 74, 76, 77, 79, 80, 82, 83, 85, 86, 88, 89,
        ],
    ),
    (
        "LTP",
        &[
            97, 98, 100, 101, 104, 106, 107, 109, 110, 112, 113, 115, 116, 118, 121, 122, 124, 125,
            127, 128, 133,
        ],
    ),
    ("open_posix", &[139, 140, 142, 143, 146, 148, 149]),
    ("selftests", &[151, 152, 154, 155, 161]),
    ("Asterinas", &[169, 170, 172, 173]),
];

/// The numbers that a comment names after `suite`, as `suite 1, 2, 3`.
fn cited<'t>(comment: &'t str, suite: &'t str) -> impl Iterator<Item = u32> + 't {
    comment.split(suite).skip(1).flat_map(|after| {
        let numbers = after
            .split([',', ' ', '\n'])
            .filter(|word| !word.is_empty());
        numbers.map_while(|word| {
            let number = word.trim_end_matches(|c: char| !c.is_ascii_digit());
            number.parse().ok()
        })
    })
}

#[test]
fn every_fact_has_a_program() {
    let folder = root().join("tests/suite/conformance");
    let mut comments = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("its entries can be read").path();
        if path.extension().is_some_and(|end| end == "c") {
            let text = fs::read_to_string(path).expect("a program is text");
            comments.push(text.split("*/").next().unwrap_or("").to_string());
        }
    }
    let mut missing = Vec::new();
    for (suite, numbers) in FACTS {
        let shown: BTreeSet<u32> = comments.iter().flat_map(|c| cited(c, suite)).collect();
        let rest = numbers.iter().filter(|number| !shown.contains(number));
        missing.extend(rest.map(|number| format!("{suite} {number}")));
    }
    assert!(missing.is_empty(), "no program shows {missing:?}");
}
