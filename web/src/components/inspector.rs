//! Whatever is selected on the stage, told in full.

use view::{CellId, Happening, Inspection};
use yew::prelude::*;

use super::button::Button;
use super::bytes::Bytes;
use super::explanation::pte_table;
use super::rich::rich;
use crate::msg::Msg;
use crate::shared::Shared;

/// The inspector.
pub fn inspector(shared: &Shared<Inspection>, on: &Callback<Msg>) -> Html {
    let Inspection {
        title,
        summary,
        rows,
        pte,
        holders,
        bytes: _,
        maps,
        smaps,
    } = &**shared;
    let row = |(key, (name, value)): (usize, &(String, String))| {
        html! { <tr {key}><th scope="row">{ name }</th><td>{ value }</td></tr> }
    };
    let holder = |(id, words): &(CellId, String)| {
        let id = *id;
        let onclick = on.reform(move |_| Msg::Select(Some(id)));
        html! { <li key={id.to_string()}><button type="button" class="plain" {onclick}>{ words }</button></li> }
    };
    let text = |(key, text): (usize, &String)| html! { <pre {key} class="card" tabindex="0">{ text }</pre> };
    html! {
        <section class="inspector" aria-label="Selected">
            <div class="panel-head">
                <h2>{ title }</h2>
                { Button::cross("Close").draw(Msg::Select(None), on) }
            </div>
            <p class="why">{ rich(summary) }</p>
            <div class="card" hidden={rows.is_empty()}><table><tbody>{ for rows.iter().enumerate().map(row) }</tbody></table></div>
            <div>{ for pte.iter().map(|pte| html! { <div class="card">{ pte_table(pte, None) }</div> }) }</div>
            <div hidden={holders.is_empty()}>
                <h2>{ "Who holds it" }</h2>
                <ul>{ for holders.iter().map(holder) }</ul>
            </div>
            { journeys(on) }
            <Bytes inspection={shared.clone()} on={on.clone()} />
            <div>{ for maps.iter().chain(smaps).enumerate().map(text) }</div>
        </section>
    }
}

/// To where something happened to it, before and after.
fn journeys(on: &Callback<Msg>) -> Html {
    let one = |what: Happening| {
        let go = |forward: bool, sign: &'static str, when: &'static str| {
            let onclick = on.reform(move |_| Msg::GoTo(what, forward));
            let name = format!("The {when} {} of it", what.name());
            html! { <button type="button" class="plain" {onclick} aria-label={name.clone()} title={name}>{ sign }</button> }
        };
        html! { <span key={what.name()}>{ go(false, "‹", "last") }{ what.name() }{ go(true, "›", "next") }</span> }
    };
    html! {
        <div class="journeys" role="group" aria-label="Through time">{ for Happening::ALL.into_iter().map(one) }</div>
    }
}
