//! Texts with `code` in backticks and words of the glossary.

use view::Span;
use yew::prelude::*;

/// A text, set.
pub fn rich(text: &str) -> Html {
    let span = |(key, span): (usize, Span)| match span {
        Span::Text(text) => html! { <span {key}>{ text }</span> },
        Span::Code(text) => html! { <code {key}>{ text }</code> },
        Span::Term(text, _) => html! { <span {key}>{ text }</span> },
    };
    let spans = view::rich_text(text).into_iter().enumerate();
    html! { <>{ for spans.map(span) }</> }
}
