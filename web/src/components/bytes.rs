//! The bytes of a page, the deepest zoom: a grid in which arrow keys move, and a field that stores a byte by a C
//! statement. A part of the page is in the document at a time; PageUp and PageDown turn to the others.

use view::{BytesView, CellId, Inspection};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};
use yew::prelude::*;

use crate::msg::Msg;
use crate::shared::Shared;

/// Bytes of a row.
const ROW: u16 = 8;
/// Bytes that are shown at a time.
const PART: u16 = 16 * ROW;

/// What is selected, with its bytes.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The selected thing.
    pub inspection: Shared<Inspection>,
    /// Where messages go.
    pub on: Callback<Msg>,
}

/// The bytes of the selected thing.
#[component]
pub fn Bytes(props: &Props) -> Html {
    let chosen = use_state_eq(|| None::<(CellId, u16)>);
    let wrong = use_state_eq(|| false);
    let input = use_node_ref();
    // Once the byte is in the document: its part of the page may have been another one.
    use_effect_with(*chosen, |chosen| {
        let id = chosen.map(|(_, at)| cell_id(at)).unwrap_or_default();
        let cell = gloo::utils::document().get_element_by_id(&id);
        if let Some(cell) = cell.and_then(|cell| cell.dyn_into::<HtmlElement>().ok()) {
            // A cell that cannot take the focus leaves it where it is.
            let _ = cell.focus();
        }
    });
    let Some(view) = props
        .inspection
        .bytes
        .as_ref()
        .filter(|view| !view.bytes.is_empty())
    else {
        return html! {};
    };
    let (of, last) = (
        view.of,
        u16::try_from(view.bytes.len() - 1).unwrap_or(u16::MAX),
    );
    let changed = view.changed.clone();
    let at = match *chosen {
        Some((known, at)) if known == of => at.min(last),
        _ => changed.as_ref().map_or(0, |changed| changed.start),
    };
    let go = {
        let chosen = chosen.clone();
        Callback::from(move |to: u16| chosen.set(Some((of, to.min(last)))))
    };
    let onkeydown = {
        let (go, input) = (go.clone(), input.clone());
        Callback::from(move |event: KeyboardEvent| key(&event, at, last, &go, &input))
    };
    let onclick = {
        let go = go.clone();
        Callback::from(move |event: MouseEvent| {
            let target = event
                .target()
                .and_then(|target| target.dyn_into::<HtmlElement>().ok());
            let offset = target.and_then(|target| offset_of(&target.id()));
            offset.into_iter().for_each(|offset| go.emit(offset));
        })
    };
    let start = at / PART * PART;
    let turn = |to: u16, name: &'static str, sign: &'static str, off: bool| {
        let onclick = go.reform(move |_: MouseEvent| to);
        html! { <button type="button" class="plain" aria-label={name} disabled={off} {onclick}>{ sign }</button> }
    };
    let jump = changed.as_ref().map(|changed| {
        let first = changed.start;
        let onclick = go.reform(move |_: MouseEvent| first);
        html! { <button type="button" class="plain" {onclick}>{ format!("changed: {} from {first:03x}", changed.len()) }</button> }
    });
    let rows = (start..start.saturating_add(PART).min(last)).step_by(usize::from(ROW));
    html! {
        <section class="bytes" aria-label="Bytes">
            <div class="panel-head">
                <h2>{ "Bytes" }</h2>
                { for jump }
                { turn(start.saturating_sub(PART), "Earlier bytes", "‹", start == 0) }
                <span>{ format!("{start:03x}–{:03x}", start.saturating_add(PART - 1).min(last)) }</span>
                { turn(start.saturating_add(PART), "Later bytes", "›", start.saturating_add(PART) > last) }
            </div>
            <div role="grid" aria-label="Bytes of the page" aria-rowcount={(last / ROW + 1).to_string()} {onkeydown} {onclick}>
                { for rows.map(|offset| row(view, offset, at)) }
            </div>
            { form(props, view, at, &input, &wrong) }
        </section>
    }
}

fn row(view: &BytesView, offset: u16, at: u16) -> Html {
    let first = usize::from(offset);
    let bytes = view.bytes.get(first..).unwrap_or_default();
    let bytes = bytes.get(..usize::from(ROW)).unwrap_or(bytes);
    let cell = |(offset, byte): (u16, &u8)| {
        let changed = view
            .changed
            .as_ref()
            .is_some_and(|changed| changed.contains(&offset));
        let tab = if offset == at { "0" } else { "-1" };
        let text = view::bytes::printable(&[*byte]);
        let note = if changed { ", changed" } else { "" };
        html! {
            <span key={offset} id={cell_id(offset)} role="gridcell" tabindex={tab} class={classes!(changed.then_some("changed"))}
                aria-selected={(offset == at).to_string()} aria-label={format!("{offset:03x}: {byte:02x} {text}{note}")}>{ format!("{byte:02x}") }</span>
        }
    };
    html! {
        <div key={offset} role="row" aria-rowindex={(offset / ROW + 1).to_string()}>
            <span role="rowheader">{ format!("{offset:03x}") }</span>
            { for (offset..).zip(bytes).map(cell) }
            <code aria-hidden="true">{ view::bytes::printable(bytes) }</code>
        </div>
    }
}

/// The field that stores a byte; none where nothing can be stored from here.
fn form(
    props: &Props,
    view: &BytesView,
    at: u16,
    input: &NodeRef,
    wrong: &UseStateHandle<bool>,
) -> Html {
    let Some(place) = view.place(at) else {
        return html! { <p class="why">{ "No process maps these bytes: there is no address to store to." }</p> };
    };
    let onsubmit = {
        let (view, on, input, wrong) =
            (view.clone(), props.on.clone(), input.clone(), wrong.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Some(field) = input.cast::<HtmlInputElement>() else {
                return;
            };
            let byte = byte_of(&field.value());
            wrong.set(byte.is_none());
            if let Some((pid, statement)) = byte.and_then(|byte| view.store(at, byte)) {
                field.set_value("");
                on.emit(Msg::Say(pid, statement));
                on.emit(Msg::Focus(cell_id(at)));
            }
        })
    };
    html! {
        <form {onsubmit}>
            <label>{ "Store at " }<code>{ place }</code>
                <input id="byte" ref={input.clone()} placeholder="4a or 'J'" autocomplete="off" autocapitalize="off" spellcheck="false"
                    aria-invalid={wrong.to_string()} aria-describedby="byte-wrong" />
            </label>
            <button>{ "Store" }</button>
            <p id="byte-wrong" class="wrong" role="alert">{ if **wrong { "One byte: 00 to ff, or a character such as 'J'." } else { "" } }</p>
        </form>
    }
}

/// Arrows move, a digit or Enter begins to write.
fn key(event: &KeyboardEvent, at: u16, last: u16, go: &Callback<u16>, input: &NodeRef) {
    if event.alt_key() || event.ctrl_key() || event.meta_key() {
        return;
    }
    let key = event.key();
    let down = |by: u16| at.saturating_add(by).min(last);
    let up = |by: u16| at.checked_sub(by).unwrap_or(at % ROW);
    let to = match key.as_str() {
        "ArrowLeft" => at.saturating_sub(1),
        "ArrowRight" => down(1),
        "ArrowUp" => up(ROW),
        "ArrowDown" => down(ROW),
        "PageUp" => up(PART),
        "PageDown" => down(PART),
        "Home" => at / ROW * ROW,
        "End" => at / ROW * ROW + ROW - 1,
        digit => {
            let is_digit =
                digit.len() == 1 && digit.chars().all(|c| c.is_ascii_hexdigit() || c == '\'');
            let field = input.cast::<HtmlInputElement>();
            if let Some(field) = field.filter(|_| is_digit || digit == "Enter") {
                event.prevent_default();
                event.stop_propagation();
                field.set_value(if is_digit { digit } else { "" });
                // A field that cannot take the focus leaves it where it is.
                let _ = field.focus();
            }
            return;
        }
    };
    event.prevent_default();
    event.stop_propagation();
    go.emit(to);
}

fn cell_id(offset: u16) -> String {
    format!("byte-{offset}")
}

fn offset_of(id: &str) -> Option<u16> {
    id.strip_prefix("byte-")?.parse().ok()
}

/// The byte that was written: two hexadecimal digits, or a character in quotes.
fn byte_of(text: &str) -> Option<u8> {
    let text = text.trim_ascii();
    if let Some(quoted) = text.strip_prefix('\'') {
        let character = quoted.strip_suffix('\'').unwrap_or(quoted);
        return match character.as_bytes() {
            [byte] => Some(*byte),
            _ => None,
        };
    }
    u8::from_str_radix(text.strip_prefix("0x").unwrap_or(text), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_is_written_in_hexadecimal_or_as_a_character() {
        assert_eq!(byte_of("4a"), Some(0x4a));
        assert_eq!(byte_of(" 0xFF "), Some(0xff));
        assert_eq!(byte_of("'J'"), Some(b'J'));
        assert_eq!(byte_of("' "), None);
        for wrong in ["", "100", "J", "'é'", "''"] {
            assert_eq!(byte_of(wrong), None, "{wrong}");
        }
    }
}
