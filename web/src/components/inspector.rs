//! Whatever is selected on the stage, told in full.

use view::{BytesView, CellId, Inspection};
use yew::prelude::*;

use super::explanation::pte_table;
use super::rich::rich;
use crate::msg::Msg;

/// The inspector.
pub fn inspector(inspection: &Inspection, on: &Callback<Msg>) -> Html {
    let Inspection {
        title,
        summary,
        rows,
        pte,
        holders,
        bytes,
        maps,
        smaps,
    } = inspection;
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
                <button type="button" class="plain" onclick={on.reform(|_| Msg::Select(None))} aria-label="Close">{ "×" }</button>
            </div>
            <p class="why">{ rich(summary) }</p>
            <div class="card" hidden={rows.is_empty()}><table><tbody>{ for rows.iter().enumerate().map(row) }</tbody></table></div>
            <div>{ for pte.iter().map(|pte| html! { <div class="card">{ pte_table(pte, None) }</div> }) }</div>
            <div hidden={holders.is_empty()}>
                <h2>{ "Who holds it" }</h2>
                <ul>{ for holders.iter().map(holder) }</ul>
            </div>
            <div>{ for bytes.iter().map(hex) }</div>
            <div>{ for maps.iter().chain(smaps).enumerate().map(text) }</div>
        </section>
    }
}

/// The first bytes of a page, and those that changed.
fn hex(view: &BytesView) -> Html {
    let changed = view.changed.clone().unwrap_or_default();
    let row = |row: view::BytesRow| {
        let touched = changed.start < row.offset.saturating_add(16) && row.offset < changed.end;
        html! {
            <tr key={row.offset} class={classes!(touched.then_some("changed"))}>
                <th scope="row">{ format!("{:03x}", row.offset) }</th><td>{ row.hex }</td><td>{ row.text }</td>
            </tr>
        }
    };
    html! {
        <div class="card bytes" tabindex="0" role="group" aria-label="Bytes">
            <table><tbody>{ for view.rows().map(row) }</tbody></table>
        </div>
    }
}
