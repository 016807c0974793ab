//! Makes the files of a release shorter, without a change of what they do.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The digits of the hash that wasm-bindgen ends an import's name with, which no packer can shorten.
const HASH: usize = 16;
/// The section of a module that holds its imports.
const IMPORTS: u8 = 2;
/// Sections that only tools read: who made the module, and for which features.
const CUSTOM: u8 = 0;

/// Numbers what the modules of a folder import from their scripts in place of long names, and takes comments and
/// indentation from the scripts (which therefore have no text of several lines).
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
    let names = numbered(scripts.iter().map(|(_, text)| text.as_str()));
    for (path, text) in &scripts {
        let short = |text: String, (old, new): (&String, &String)| text.replace(old, new);
        fs::write(path, names.iter().fold(bare(text), short))?;
    }
    for path in ending("wasm") {
        let module = renamed(&fs::read(path)?, &names);
        fs::write(path, module.with_context(|| path.display().to_string())?)?;
    }
    Ok(())
}

/// The hashed names in scripts, each with a short one. None is the beginning of another: all end with their hash.
fn numbered<'a>(scripts: impl Iterator<Item = &'a str>) -> BTreeMap<String, String> {
    let hashed = |word: &&str| {
        let hash = word.rsplit_once('_').map_or("", |(_, hash)| hash);
        hash.len() == HASH && hash.bytes().all(|letter| letter.is_ascii_hexdigit())
    };
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let part_of_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let words = scripts.flat_map(|text| text.split(move |letter| !part_of_name(letter)));
    for word in words.filter(hashed) {
        let number = names.len();
        names
            .entry(word.to_owned())
            .or_insert_with(|| format!("_{number:x}"));
    }
    names
}

/// A module with other names, and without what only tools read; none where its sections cannot be told apart.
fn renamed(module: &[u8], names: &BTreeMap<String, String>) -> Option<Vec<u8>> {
    let (head, mut rest) = module.split_at_checked(8)?;
    let mut new = head.to_vec();
    while let Some((kind, after)) = rest.split_first() {
        let (length, after) = read_number(after)?;
        let (section, after) = after.split_at_checked(length)?;
        rest = after;
        let section = match *kind {
            CUSTOM => continue,
            IMPORTS => with_names(section, names),
            _ => section.to_vec(),
        };
        new.push(*kind);
        write_number(&mut new, section.len());
        new.extend(section);
    }
    Some(new)
}

/// A section in which each of the names, whose length stands before it, is another one.
fn with_names(section: &[u8], names: &BTreeMap<String, String>) -> Vec<u8> {
    let mut new = Vec::new();
    let mut rest = section;
    while let Some((first, after)) = rest.split_first() {
        let text = after.get(..usize::from(*first));
        let known = text.and_then(|text| names.get(str::from_utf8(text).ok()?));
        // Longer ones would take another byte for their length.
        if let Some(short) = known.filter(|_| *first < 128) {
            write_number(&mut new, short.len());
            new.extend(short.bytes());
            rest = &after[usize::from(*first)..];
        } else {
            new.push(*first);
            rest = after;
        }
    }
    new
}

/// A number in LEB128, and what follows it.
fn read_number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let last = bytes.iter().position(|byte| *byte < 128)?;
    let digits = bytes.get(..=last)?.iter().rev();
    let number = digits.fold(0, |number, byte| number << 7 | usize::from(byte & 127));
    Some((number, bytes.get(last + 1..)?))
}

fn write_number(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= 128 {
        bytes.push((number & 127 | 128) as u8);
        number >>= 7;
    }
    bytes.push(number as u8);
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
    fn both_sides_of_an_import_get_the_same_name() {
        let script = "  // Of the module.\n  __wbg_get_0123456789abcdef: f,\n  __wbg_set_fedcba9876543210: g,\n  get: h";
        let names = numbered([script].into_iter());
        let known: Vec<&str> = names.values().map(String::as_str).collect();
        assert_eq!(known, ["_0", "_1"]);
        // A section of no names, as long as its length takes two bytes, then one import.
        let mut module = b"\0asm\x01\0\0\0\x0a\x80\x01".to_vec();
        module.extend([7; 128]);
        module.extend(b"\0\x02\x01x");
        let rest = module.clone();
        module.extend(b"\x02\x1f\x01\x01m\x1a__wbg_get_0123456789abcdef\0");
        let expected = [&rest[..rest.len() - 4], b"\x02\x07\x01\x01m\x02_0\0"].concat();
        assert_eq!(renamed(&module, &names), Some(expected));
        assert_eq!(renamed(b"\0asm\x01\0\0\0\x02\x7f", &names), None);
        assert_eq!(
            bare(script).lines().next(),
            Some("__wbg_get_0123456789abcdef: f,")
        );
    }
}
