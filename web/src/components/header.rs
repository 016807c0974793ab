//! The page's head: its name, the example, a clean slate, sharing, the theme, and the keyboard's map.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use session::Preset;

use super::button::Button;
use crate::examples::{EXAMPLES, Example, name_of};
use crate::msg::Msg;
use crate::settings::Theme;
use crate::state::beside::ram;
use crate::state::{Earlier, Part, State};

/// The head.
pub fn header(state: &State, on: &Callback<Msg>) -> Html {
    let theme = state.settings.theme;
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
            { programs(state, on) }
            <span class="space"></span>
            { machines(state.lab.preset(), "Machine".to_owned(), on.reform(Msg::Machine)) }
            { Button { title: Some("A clean slate: the opening example"), ..Button::word("Reset") }.draw(Msg::Reset, on) }
            { Button::word("Share").draw(Msg::Share, on) }
            { Button::sign(sign, told).draw(Msg::NextTheme, on) }
            { Button::sign("?", "Keyboard map and settings").draw(Msg::Show("keys"), on) }
        </header>
    }
}

/// A choice of machines; the program starts afresh on another one.
pub fn machines(now: Preset, label: String, chosen: Callback<Preset>) -> Html {
    const ALL: [Preset; 2] = [Preset::Classroom, Preset::Linux];
    let onchange = chosen.reform(|event: Event| {
        let select = event.target_unchecked_into::<HtmlSelectElement>();
        if select.selected_index() > 0 {
            Preset::Linux
        } else {
            Preset::Classroom
        }
    });
    let option = |preset: Preset| {
        html! { <option key={format!("{preset:?} {now:?}")} selected={preset == now}>{ ram(preset) }</option> }
    };
    html! {
        <select aria-label={label} title="The machine: the program starts afresh on another one" {onchange}>
            { for ALL.into_iter().map(option) }
        </select>
    }
}

/// Which part of the page a small screen shows; a larger one shows all, and not this choice.
pub fn parts(shown: Part, on: &Callback<Msg>) -> Html {
    let part = |part: Part| {
        let onclick = on.reform(move |_| Msg::Part(part));
        let current = (part == shown).then_some("true");
        html! { <button type="button" key={part.name()} aria-current={current} {onclick}>{ part.name() }</button> }
    };
    html! { <nav class="parts" aria-label="Parts of the page">{ for Part::ALL.into_iter().map(part) }</nav> }
}

/// The list of programs: the examples, and the runs that were left.
fn programs(state: &State, on: &Callback<Msg>) -> Html {
    let title = name_of(state.lab.source());
    let known = EXAMPLES.iter().any(|example| title == example.name);
    let earlier = state.earlier.len();
    // The examples' numbers come first, then those of the runs.
    let onchange = on.reform(|event: Event| {
        let chosen = event.target_unchecked_into::<HtmlSelectElement>().value();
        let number: usize = chosen.parse().unwrap_or(0);
        match number.checked_sub(EXAMPLES.len()) {
            None => Msg::Example(number),
            Some(number) => Msg::Earlier(number),
        }
    });
    // What was chosen by hand stays chosen: the entries are made anew when another one is to be shown.
    let key = |number: usize| format!("{number} {earlier} {title}");
    let example = |(number, example): (usize, &Example)| {
        let selected = title == example.name;
        html! { <option key={key(number)} value={number.to_string()} {selected}>{ example.name }</option> }
    };
    let run = |(number, run): (usize, &Earlier)| {
        let words = format!("{}, {} steps", name_of(run.lab.source()), run.lab.steps());
        let value = (EXAMPLES.len() + number).to_string();
        html! { <option key={key(number)} {value}>{ words }</option> }
    };
    html! {
        <select class="crumb" aria-label="Example" {onchange}>
            <option key={key(EXAMPLES.len())} selected={!known} hidden={known} disabled={true}>{ title }</option>
            { for EXAMPLES.iter().enumerate().map(example) }
            <optgroup key="earlier" label="Runs before this one" hidden={earlier == 0}>
                { for state.earlier.iter().enumerate().map(run) }
            </optgroup>
        </select>
    }
}
