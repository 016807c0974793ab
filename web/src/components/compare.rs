//! Two machines side by side: what each is at, its stage in few lanes, and what both cost so far.

use view::Scene;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::examples::name_of;
use crate::lab::{Lab, Picture};
use crate::msg::Msg;
use crate::stage::Drawing;
use crate::stage::layer::picture;
use crate::stage::overlay;
use crate::stage::shape::Rect;
use crate::state::State;
use crate::state::beside::{Beside, costs, ram, rivals};

/// Both machines.
pub fn compare(state: &State, beside: &Beside, on: &Callback<Msg>) -> Html {
    let [left, right] = &beside.drawings;
    let onchange = on.reform(|event: Event| {
        let value = event.target_unchecked_into::<HtmlSelectElement>().value();
        Msg::Compare(value.parse().unwrap_or(0))
    });
    let names = rivals(state);
    // What was chosen by hand stays chosen: the entries are made anew with another list.
    let key = names.concat();
    let option = |(number, name): (usize, String)| {
        html! { <option key={format!("{number} {} {key}", state.rival)} value={number.to_string()} selected={number == state.rival}>{ name }</option> }
    };
    html! {
        <section class="compare" aria-label="Two machines">
            <div class="stage-tools">
                <label>{ "Compared with " }<select id="rival" {onchange}>{ for names.into_iter().enumerate().map(option) }</select></label>
                <button type="button" onclick={on.reform(|_| Msg::ToggleCompare)}>{ "Stage" }</button>
            </div>
            <div class="scroll" tabindex="0" role="group" aria-label="Both stages and their costs">
                <div class="sides">
                    { side("First machine", &state.lab, &state.picture, left, false) }
                    { side("Second machine", &beside.lab, &beside.picture, right, beside.behind) }
                    { table(state, beside) }
                </div>
            </div>
        </section>
    }
}

fn side(title: &'static str, lab: &Lab, shown: &Picture, drawing: &Drawing, behind: bool) -> Html {
    let words = match behind {
        true => "It is still on its way.".to_owned(),
        false => shown.explanation.headline.replace('`', ""),
    };
    let accents = overlay::accents(shown.transition.motions.iter());
    let lit: Vec<Rect> = accents.iter().filter_map(|id| drawing.place(*id)).collect();
    html! {
        <article aria-label={title}>
            <h2>{ name_of(lab.source()) }</h2>
            <p class="next">{ ram(lab.preset()) }<code>{ next_line(lab, &shown.scene) }</code></p>
            <p>{ words }</p>
            <div class="stage">{ picture(drawing, &lit, &summary(&shown.scene)) }</div>
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
        <div class="tables">
            <table>
                <caption>{ "What both cost so far" }</caption>
                <thead><tr><th scope="col">{ "cost" }</th><th scope="col">{ "first" }</th><th scope="col">{ "second" }</th><th scope="col">{ "more" }</th></tr></thead>
                <tbody>{ for rows.into_iter().map(row) }</tbody>
            </table>
        </div>
    }
}
