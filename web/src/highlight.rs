//! Colours for C: splits a text into pieces with style classes, line by line. It colours what is not
//! C, too, as well as it can: it is shown while people type.

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its style class; empty for plain text.
    pub class: &'static str,
    /// Its text.
    pub text: String,
}

const KEYWORDS: &[&str] = &[
    "break", "case", "char", "const", "continue", "default", "do", "else", "enum", "extern", "for",
    "goto", "if", "int", "long", "off_t", "pid_t", "return", "short", "signed", "size_t", "sizeof",
    "ssize_t", "static", "struct", "switch", "typedef", "union", "unsigned", "void", "volatile",
    "while",
];

/// The lines of a text, coloured.
pub fn lines(source: &str) -> Vec<Vec<Piece>> {
    let mut comment = false;
    source
        .split('\n')
        .map(|line| pieces(line, &mut comment))
        .collect()
}

/// A line's pieces; `comment` says whether a block comment is open.
fn pieces(line: &str, comment: &mut bool) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = line;
    if !*comment && rest.trim_start().starts_with('#') {
        return vec![piece("comment", rest)];
    }
    while !rest.is_empty() {
        let (class, length) = if *comment {
            let end = rest.find("*/").map(|at| at + 2);
            *comment = end.is_none();
            ("comment", end.unwrap_or(rest.len()))
        } else {
            next(rest, comment)
        };
        let (text, after) = rest.split_at(length.clamp(1, rest.len()));
        pieces.push(piece(class, text));
        rest = after;
    }
    pieces
}

fn piece(class: &'static str, text: &str) -> Piece {
    Piece {
        class,
        text: text.to_owned(),
    }
}

/// The class and length in bytes of the piece that `rest` begins with.
fn next(rest: &str, comment: &mut bool) -> (&'static str, usize) {
    if rest.starts_with("//") {
        return ("comment", rest.len());
    }
    if rest.starts_with("/*") {
        let end = rest.get(2..).and_then(|inner| inner.find("*/"));
        *comment = end.is_none();
        return ("comment", end.map_or(rest.len(), |at| at + 4));
    }
    let first = rest.chars().next().unwrap_or(' ');
    match first {
        '"' | '\'' => ("string", quoted(rest, first)),
        'a'..='z' | 'A'..='Z' | '_' => {
            let word = word(rest);
            let keyword = KEYWORDS.binary_search(&word).is_ok();
            (if keyword { "keyword" } else { "" }, word.len())
        }
        '0'..='9' => ("number", word(rest).len()),
        _ => {
            let plain =
                |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '"' | '\'' | '/'));
            let length = rest.char_indices().skip(1).find(|(_, c)| !plain(*c));
            ("", length.map_or(rest.len(), |(at, _)| at))
        }
    }
}

fn word(rest: &str) -> &str {
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest)
}

/// The length of a literal with its quotes; to the end of the line where none closes it.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(source: &str) -> String {
        let piece = |piece: Piece| match piece.class {
            "" => piece.text,
            class => format!("<{}:{}>", &class[..1], piece.text),
        };
        let line = |line: Vec<Piece>| line.into_iter().map(piece).collect::<String>();
        lines(source)
            .into_iter()
            .map(line)
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn keywords_are_sorted() {
        assert!(KEYWORDS.is_sorted());
    }

    #[test]
    fn c_is_coloured() {
        assert_eq!(
            shown("char *s = \"a\\\"b\"; // x\n/* a\nb */ int y = 'é';"),
            "<k:char> *s = <s:\"a\\\"b\">; <c:// x>\n<c:/* a>\n<c:b */> <k:int> y = <s:'é'>;"
        );
    }

    #[test]
    fn every_text_keeps_its_characters() {
        for source in [
            "\"open",
            "'",
            "/*",
            "a/b",
            "é/é",
            "\\",
            "#define X 1",
            "0x1fUL;",
        ] {
            let joined: String = lines(source).concat().into_iter().map(|p| p.text).collect();
            assert_eq!(joined, source);
        }
    }
}
