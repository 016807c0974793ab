//! The page's head: its name, the example, a clean slate, sharing, the theme, and the keyboard's map.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use session::Preset;

use crate::examples::EXAMPLES;
use crate::msg::Msg;
use crate::settings::Theme;

/// The head.
pub fn header(title: &str, theme: Theme, preset: Preset, on: &Callback<Msg>) -> Html {
    let onchange = on.reform(|event: Event| {
        let chosen = event.target_unchecked_into::<HtmlSelectElement>().value();
        chosen.parse().map_or(Msg::Dismiss, Msg::Example)
    });
    let machine = on.reform(|event: Event| {
        let value = event.target_unchecked_into::<HtmlSelectElement>().value();
        Msg::Machine(if value == "large" {
            Preset::Linux
        } else {
            Preset::Classroom
        })
    });
    let known = EXAMPLES.iter().any(|example| title == example.name);
    let option = |(number, example): (usize, &crate::examples::Example)| {
        let selected = title == example.name;
        html! { <option key={number} value={number.to_string()} {selected}>{ example.name }</option> }
    };
    let told = match theme {
        Theme::System => "Theme: as the system",
        Theme::Light => "Theme: light",
        Theme::Dark => "Theme: dark",
    };
    let sign = match theme {
        Theme::System => "◐",
        Theme::Light => "○",
        Theme::Dark => "●",
    };
    html! {
        <header>
            <h1>{ "mmap-lab" }</h1>
            <select class="crumb" aria-label="Example" {onchange}>
                <option key="own" value="own" selected={!known} hidden={known} disabled={true}>{ title }</option>
                { for EXAMPLES.iter().enumerate().map(option) }
            </select>
            <span class="space"></span>
            <select aria-label="Machine" title="The machine: the program starts afresh on another one" onchange={machine}>
                <option key="small" value="small" selected={preset == Preset::Classroom}>{ "1 MiB of RAM" }</option>
                <option key="large" value="large" selected={preset == Preset::Linux}>{ "4 GiB of RAM" }</option>
            </select>
            <button type="button" onclick={on.reform(|_| Msg::Reset)} title="A clean slate: the opening example">{ "Reset" }</button>
            <button type="button" onclick={on.reform(|_| Msg::Share)}>{ "Share" }</button>
            <button type="button" onclick={on.reform(|_| Msg::NextTheme)} aria-label={told} title={told}>{ sign }</button>
            <button type="button" onclick={on.reform(|_| Msg::Show("keys"))} aria-label="Keyboard map and settings"
                title="Keyboard map and settings">{ "?" }</button>
        </header>
    }
}
