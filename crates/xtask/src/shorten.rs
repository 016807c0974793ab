//! Makes the files of a release shorter, without a change of what they do.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

/// The digits that wasm-bindgen ends the names of a module's imports with: a hash, which no packer can shorten.
const HASH: usize = 16;

/// Numbers the imports of the modules in a folder in place of their hashes, on both sides, and takes comments and
/// indentation from its scripts (which therefore have no text of several lines).
pub fn shorten(dist: &Path) -> Result<()> {
    let files: Vec<PathBuf> = fs::read_dir(dist)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    let ending = |wanted: &'static str| {
        let kind = move |path: &PathBuf| path.extension().map(|kind| kind == wanted);
        files.iter().filter(move |path| kind(path) == Some(true))
    };
    let scripts: Vec<(&PathBuf, String)> = ending("js")
        .map(|path| Ok((path, fs::read_to_string(path)?)))
        .collect::<Result<_>>()?;
    let numbered = numbered(scripts.iter().map(|(_, text)| text.as_str()));
    for (path, text) in &scripts {
        fs::write(path, renamed(bare(text).as_bytes(), &numbered))?;
    }
    for path in ending("wasm") {
        fs::write(path, renamed(&fs::read(path)?, &numbered))?;
    }
    Ok(())
}

/// The hashed names in scripts, each with one of the same length that ends with a number.
fn numbered<'a>(scripts: impl Iterator<Item = &'a str>) -> BTreeMap<String, String> {
    let hashed = |word: &&str| {
        let parts = word.rsplit_once('_');
        let hash = parts.map_or("", |(_, hash)| hash);
        word.starts_with("__w") && hash.len() == HASH && hash.bytes().all(|b| b.is_ascii_hexdigit())
    };
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut last = BTreeMap::new();
    let part_of_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let words = scripts.flat_map(|text| text.split(move |letter| !part_of_name(letter)));
    for word in words.filter(hashed) {
        if !names.contains_key(word) {
            let stem = &word[..word.len() - HASH];
            let number = last.entry(stem).and_modify(|n| *n += 1).or_insert(0u32);
            names.insert(word.to_owned(), format!("{stem}{number:0HASH$}"));
        }
    }
    names
}

/// A file's bytes with other names of the same length: nothing in it moves.
fn renamed(bytes: &[u8], names: &BTreeMap<String, String>) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let here = &bytes[at..];
        let known = |(old, _): &(&String, &String)| here.starts_with(old.as_bytes());
        // Few places look like a name at all.
        let found = here.starts_with(b"__w").then(|| names.iter().find(known));
        if let Some((old, new)) = found.flatten() {
            bytes[at..at + old.len()].copy_from_slice(new.as_bytes());
            at += old.len();
        } else {
            at += 1;
        }
    }
    bytes
}

/// A script without its comment lines and its indentation.
fn bare(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    let comment = |line: &&str| {
        line.is_empty() || line.starts_with("//") || line.starts_with("/**") && line.ends_with("*/")
    };
    let lines: Vec<&str> = lines.filter(|line| !comment(line)).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_of_an_import_get_the_same_number() {
        let script = "  // Of the module.\n  __wbg_get_0123456789abcdef: f,\n  __wbg_get_fedcba9876543210: g,\n  __wbg_get: h";
        let names = numbered([script].into_iter());
        let short = "__wbg_get_0000000000000000: f,\n__wbg_get_0000000000000001: g,\n__wbg_get: h";
        assert_eq!(renamed(bare(script).as_bytes(), &names), short.as_bytes());
        let module = b"\0\x1a__wbg_get_fedcba9876543210\0\x05__wbg";
        assert_eq!(
            renamed(module, &names),
            b"\0\x1a__wbg_get_0000000000000001\0\x05__wbg"
        );
    }
}
