//! The dialogs: the link to share, and the keyboard's map with the page's switches.

use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

use super::button::Button;
use super::timeline::letters;
use crate::msg::Msg;
use crate::settings::Settings;

/// The link to this moment.
pub fn share(address: String, length: u64, on: &Callback<Msg>) -> Html {
    let onfocus = Callback::from(|event: FocusEvent| {
        event
            .target_unchecked_into::<HtmlTextAreaElement>()
            .select();
    });
    html! {
        <dialog id="share" aria-labelledby="share-title">
            <header><h2 id="share-title">{ "Link to this moment" }</h2>{ close() }</header>
            <p>{ "Copied. It holds the program, what was typed, and this position; whoever opens it sees what you see." }</p>
            <textarea readonly={true} aria-label="Link" value={address} {onfocus} />
            <div class="row">
                <span>{ "The stage as a picture:" }</span>
                { Button::word("SVG").draw(Msg::Export("svg"), on) }
                { Button::word("PNG").draw(Msg::Export("png"), on) }
            </div>
            <div class="row">
                <span>{ "Steps as an animation:" }</span>
                <input id="film-from" type="number" min="0" max={length.to_string()} placeholder="0" aria-label="From step" />
                <input id="film-to" type="number" min="0" max={length.to_string()} placeholder={length.to_string()} aria-label="To step" />
                { Button::word("APNG").draw(Msg::Export("apng"), on) }
                <output id="film-told"></output>
            </div>
        </dialog>
    }
}

fn close() -> Html {
    html! {
        <form method="dialog"><button class="plain" aria-label="Close">{ "×" }</button></form>
    }
}

/// The keys, as they are told and as they are known to [`crate::keys`].
const KEYS: [(&str, &str); 23] = [
    (".", "step"),
    (",", "step back"),
    ("Space", "play, pause, stop"),
    ("] [", "one motion on, one back"),
    (
        "p P",
        "to the next fault of what is selected; to the one before",
    ),
    ("o O", "to the next copy; to the one before"),
    ("w W", "to the next write-back; to the one before"),
    ("a", "to what can be done with what is selected"),
    ("0", "to the start"),
    ("r", "run to the end, stop"),
    ("c", "to the console"),
    ("e", "to the program"),
    ("g", "to the stage; arrows move, Enter selects"),
    ("l", "to the timeline; arrows move through time"),
    ("t", "the stage as tables"),
    ("f", "the figures over time"),
    ("b", "all of RAM (bird’s eye), or the stage"),
    ("v", "the whole address space, to scale"),
    ("x", "two machines side by side, or the stage"),
    ("m", "motions on or off"),
    ("d", "theme"),
    ("s", "share"),
    ("?", "this map"),
];

/// The keyboard's map and the switches.
pub fn keys(settings: &Settings, on: &Callback<Msg>) -> Html {
    let row = |(key, does): &(&'static str, &'static str)| {
        html! { <><dt><kbd>{ *key }</kbd></dt><dd>{ *does }</dd></> }
    };
    let switch = |name: &'static str, set_now: bool, set: fn(&mut Settings, bool)| {
        let settings = settings.clone();
        let onchange = on.reform(move |event: Event| {
            let mut settings = settings.clone();
            set(
                &mut settings,
                event.target_unchecked_into::<HtmlInputElement>().checked(),
            );
            Msg::Set(settings)
        });
        html! { <p key={name}><label><input type="checkbox" checked={set_now} {onchange} />{ " " }{ name }</label></p> }
    };
    html! {
        <dialog id="keys" aria-labelledby="keys-title">
            <header><h2 id="keys-title">{ "Keyboard" }</h2>{ close() }</header>
            <dl>{ for KEYS.iter().map(row) }</dl>
            <h2>{ "Marks of the timeline" }</h2>
            <p>{ letters() }</p>
            <h2>{ "Switches" }</h2>
            { switch("Things move; else they are only highlighted", settings.motions, |s, on| s.motions = on) }
            { switch("Name Linux’s functions", settings.expert, |s, on| s.expert = on) }
            { switch("Single letters are commands", settings.letters, |s, on| s.letters = on) }
        </dialog>
    }
}
