//! Texts with code and glossary words told apart, so that a page can set each in its own way.

use crate::explanation::{GlossaryEntry, Span};
use crate::glossary::GLOSSARY;

/// Splits a text at its backticks, and marks the first occurrence of each word of the glossary that is not among `seen`,
/// to which it is added; without `seen` none is marked.
pub fn rich_text(text: &str, mut seen: Option<&mut Vec<&'static str>>) -> Vec<Span> {
    let mut spans = Vec::new();
    for (part, piece) in text.split('`').enumerate() {
        match (part % 2, piece, seen.as_deref_mut()) {
            (_, "", _) => {}
            (1, code, _) => spans.push(Span::Code(code.into())),
            (_, piece, Some(seen)) => split_terms(piece, seen, &mut spans),
            (_, piece, None) => spans.push(Span::Text(piece.into())),
        }
    }
    spans
}

/// The entry of the glossary that explains a word, by its term or one of its forms.
pub fn glossary(word: &str) -> Option<&'static GlossaryEntry> {
    let named = |entry: &&GlossaryEntry| forms(entry).any(|form| form.eq_ignore_ascii_case(word));
    GLOSSARY.iter().find(named)
}

fn forms(entry: &GlossaryEntry) -> impl Iterator<Item = &'static str> {
    entry.forms.iter().copied().chain([entry.term])
}

fn split_terms(text: &str, seen: &mut Vec<&'static str>, spans: &mut Vec<Span>) {
    let mut plain_from = 0;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let starts_word = !text
            .get(..at)
            .is_some_and(|before| before.ends_with(|c: char| c.is_ascii_alphanumeric()));
        match longest_term(rest).filter(|(_, term)| starts_word && !seen.contains(term)) {
            Some((length, term)) => {
                push_text(text.get(plain_from..at), spans);
                spans.push(Span::Term(rest.get(..length).unwrap_or(term).into(), term));
                seen.push(term);
                at += length;
                plain_from = at;
            }
            None => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    push_text(text.get(plain_from..), spans);
}

fn push_text(text: Option<&str>, spans: &mut Vec<Span>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        spans.push(Span::Text(text.into()));
    }
}

/// The longest form that `text` starts with, ending at a word's end: its length and its term.
fn longest_term(text: &str) -> Option<(usize, &'static str)> {
    let fits = |form: &str| {
        let starts = text
            .get(..form.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(form));
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric());
        starts && text.get(form.len()..).is_some_and(ends)
    };
    let entries = GLOSSARY
        .iter()
        .flat_map(|entry| forms(entry).map(|form| (form, entry.term)));
    entries
        .filter(|(form, _)| fits(form))
        .map(|(form, term)| (form.len(), term))
        .max_by_key(|(length, _)| *length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(spans: &[Span]) -> String {
        let words = spans.iter().map(|span| match span {
            Span::Text(text) => text.clone(),
            Span::Code(code) => format!("<{code}>"),
            Span::Term(word, term) => format!("[{word}:{term}]"),
        });
        words.collect()
    }

    #[test]
    fn code_and_the_first_use_of_each_term_are_marked() {
        let words =
            "After `fork` both page tables hold the frame; Frames are not framed. A page is not.";
        let mut seen = Vec::new();
        assert_eq!(
            text(&rich_text(words, Some(&mut seen))),
            "After <fork> both [page tables:page table] hold the [frame:frame]; Frames are not framed. A [page:page] is not."
        );
        assert_eq!(
            text(&rich_text(
                "The `frame` of a VMA and its page",
                Some(&mut seen)
            )),
            "The <frame> of a [VMA:VMA] and its page"
        );
        assert_eq!(text(&rich_text("a `b` page", None)), "a <b> page");
    }

    #[test]
    fn every_glossary_word_is_found_by_every_form() {
        for entry in GLOSSARY {
            for form in forms(entry) {
                assert_eq!(
                    glossary(form).map(|found| found.term),
                    Some(entry.term),
                    "{form}"
                );
            }
        }
    }
}
