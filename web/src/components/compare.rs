//! Two machines side by side: what each is at, its stage in few lanes, and what both cost so far.

use session::Preset;
use view::{CellId, Scene};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::button::Button;
use crate::components::header::machines;
use crate::examples::name_of;
use crate::lab::{Lab, Picture};
use crate::msg::Msg;
use crate::stage::Drawing;
use crate::stage::layer::picture;
use crate::stage::overlay;
use crate::stage::shape::Rect;
use crate::stage::tables::tables;
use crate::state::State;
use crate::state::beside::{Beside, costs, rivals};

/// The id of what happened last in the first machine.
pub const FIRST_NOW: &str = "first-now";

/// Both machines.
pub fn compare(state: &State, beside: &Beside, on: &Callback<Msg>) -> Html {
    let [left, right] = &beside.drawings;
    let onchange = on.reform(|event: Event| {
        let value = event.target_unchecked_into::<HtmlSelectElement>().value();
        Msg::Compare(value.parse().unwrap_or(0))
    });
    let names = rivals(state);
    let own = state.rival.is_none();
    // What was chosen by hand stays chosen: the entries are made anew with another list.
    let key = names.concat();
    let option = |(number, name): (usize, String)| {
        let selected = state.rival == Some(number);
        html! { <option key={format!("{number} {:?} {key}", state.rival)} value={number.to_string()} {selected}>{ name }</option> }
    };
    html! {
        <section class="compare" aria-label="Two machines">
            <div class="stage-tools">
                <label>{ "Compared with " }<select id="rival" {onchange}>
                    <option key={format!("own {own} {key}")} selected={own} hidden={!own} disabled={true}>{ name_of(beside.lab.source()) }</option>
                    { for names.into_iter().enumerate().map(option) }
                </select></label>
                <span class="space"></span>
                { Button { pressed: Some(state.tables), ..Button::word("Tables") }.draw(Msg::ToggleTables, on) }
                { Button { id: Some("to-stage"), ..Button::word("Stage") }.draw(Msg::ToggleCompare, on) }
            </div>
            <div class="scroll" tabindex="0" role="group" aria-label="Both stages and their costs">
                <div class="sides">
                    { side(Side::of_first(state), left, on) }
                    { side(Side::of_second(state, beside), right, on) }
                    { table(state, beside) }
                </div>
            </div>
        </section>
    }
}

/// One of the machines.
struct Side<'a> {
    lab: &'a Lab,
    shown: &'a Picture,
    /// Whether it is still on its way to where the other one is.
    behind: bool,
    /// Whether its stage is told as tables, too.
    tables: bool,
    number: &'static str,
    title: &'static str,
    /// The ids of what happened last in it, and of its tables.
    ids: [&'static str; 2],
    second: bool,
    machine: fn(Preset) -> Msg,
}

impl<'a> Side<'a> {
    fn of_first(state: &'a State) -> Side<'a> {
        Side {
            lab: &state.lab,
            shown: &state.picture,
            behind: false,
            tables: state.tables,
            number: "1 · ",
            title: "First machine",
            ids: [FIRST_NOW, "tables"],
            second: false,
            machine: Msg::Machine,
        }
    }

    fn of_second(state: &'a State, beside: &'a Beside) -> Side<'a> {
        Side {
            lab: &beside.lab,
            shown: &beside.picture,
            behind: beside.behind,
            number: "2 · ",
            title: "Second machine",
            ids: ["second-now", "second-tables"],
            second: true,
            machine: Msg::SecondMachine,
            ..Side::of_first(state)
        }
    }
}

fn side(side: Side, drawing: &Drawing, on: &Callback<Msg>) -> Html {
    let Side {
        lab, shown, second, ..
    } = side;
    let words = match side.behind {
        true => "It is still on its way.".to_owned(),
        false => shown.explanation.headline.replace('`', ""),
    };
    let accents = overlay::accents(shown.transition.motions.iter());
    let (pages, others): (Vec<CellId>, Vec<CellId>) = accents
        .iter()
        .partition(|id| matches!(id, CellId::Page { .. }));
    let accents = pages.into_iter().chain(others);
    let lit: Vec<Rect> = accents.filter_map(|id| drawing.place(id)).collect();
    let of = side.title.to_ascii_lowercase();
    let [now, table] = side.ids;
    html! {
        <article aria-label={side.title}>
            <div class="panel-head">
                <h2>{ side.number }{ name_of(lab.source()) }</h2>
                <button type="button" onclick={on.reform(move |_| Msg::EditSecond(second))} aria-label={format!("Edit the program of the {of}")}>{ "Edit" }</button>
            </div>
            <div class="next">{ machines(lab.preset(), format!("RAM of the {of}"), on.reform(side.machine)) }<code>{ next_line(lab, &shown.scene) }</code></div>
            <p>{ words }</p>
            <div class="stage">{ picture(drawing, &lit, now, &summary(&shown.scene)) }</div>
            { for side.tables.then(|| tables(&shown.scene, table, side.title)) }
        </article>
    }
}

/// The line that runs next, with its number.
fn next_line(lab: &Lab, scene: &Scene) -> String {
    let running = scene.cpus.first().and_then(|cpu| cpu.running);
    let process = running.and_then(|pid| scene.process(pid));
    let line = process
        .or(scene.processes.first())
        .and_then(|process| process.line);
    let text = line.and_then(|line| lab.source().lines().nth(line as usize - 1));
    match (line, text) {
        (Some(line), Some(text)) => format!("{line}: {}", text.trim()),
        _ => "no line runs".to_owned(),
    }
}

/// The picture in words.
fn summary(scene: &Scene) -> String {
    let system = scene.figures.system;
    let frames = |bytes: u64| bytes / 4096;
    format!(
        "processes: {}; frames in use: {}; pages cached: {}, of them dirty: {}",
        scene.processes.len(),
        frames(system.ram - system.free),
        frames(system.cached),
        frames(system.dirty)
    )
}

fn table(state: &State, beside: &Beside) -> Html {
    let row = |(name, a, b, more): (&'static str, u64, u64, i128)| {
        let class = (more != 0).then_some("differs");
        let more = if more == 0 {
            String::new()
        } else {
            format!("{more:+}")
        };
        html! { <tr key={name} {class}><th scope="row">{ name }</th><td>{ a }</td><td>{ b }</td><td>{ more }</td></tr> }
    };
    let rows = costs(state.lab.costs(), beside.lab.costs());
    html! {
        <div class="tables costs">
            <table>
                <caption>{ "What both cost so far" }</caption>
                <thead><tr><th scope="col">{ "cost" }</th><th scope="col">{ "first" }</th><th scope="col">{ "second" }</th><th scope="col">{ "more" }</th></tr></thead>
                <tbody>{ for rows.into_iter().map(row) }</tbody>
            </table>
        </div>
    }
}
