//! Texts with `code` in backticks and words of the glossary, each of which opens where it stands.

use view::Span;
use yew::prelude::*;

/// Words of the glossary that were told already: each opens where it stands first.
pub type Seen = Vec<&'static str>;

/// A text by itself, set.
pub fn rich(text: &str) -> Html {
    set(text, Some(&mut Seen::new()))
}

/// A text, set; without `seen` its words are not explained.
pub fn set(text: &str, seen: Option<&mut Seen>) -> Html {
    let span = |(key, span): (usize, Span)| match span {
        Span::Text(text) => html! { <span {key}>{ text }</span> },
        Span::Code(text) => html! { <code {key}>{ text }</code> },
        Span::Term(text, term) => self::term(key, text, term),
    };
    let spans = view::rich_text(text, seen).into_iter().enumerate();
    html! { <>{ for spans.map(span) }</> }
}

/// A word and its meaning, which opens below it; one at a time.
fn term(key: usize, text: String, term: &'static str) -> Html {
    let Some(entry) = view::glossary(term) else {
        return html! { <span {key}>{ text }</span> };
    };
    html! {
        <details key={format!("{key} {term}")} class="term" name="glossary">
            <summary>{ text }</summary>
            <span class="meaning" role="note"><b>{ entry.term }</b>{ " " }{ entry.meaning.replace('`', "") }{ " " }<cite>{ entry.source }</cite></span>
        </details>
    }
}
