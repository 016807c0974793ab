//! The numbers of the process in focus and of the machine.

use view::Scene;
use view::figures::short_size;
use yew::prelude::*;

use super::button::Button;
use crate::msg::Msg;

/// The figures.
pub fn figures(scene: &Scene, charted: bool, on: &Callback<Msg>) -> Html {
    let figures = &scene.figures;
    let focused = scene.focused();
    let mut processes = figures.processes.iter();
    let process = processes.find(|process| Some(process.pid) == focused);
    let process = process
        .or(figures.processes.first())
        .copied()
        .unwrap_or_default();
    let pages = |bytes: u64| (bytes / 4096).to_string();
    let rows = [
        (
            format!("RSS {}", process.pid),
            short_size(process.rss),
            "resident set size: every frame that the process maps",
        ),
        (
            "PSS".to_owned(),
            short_size(process.pss),
            "proportional set size: each frame divided by how many map it",
        ),
        (
            "USS".to_owned(),
            short_size(process.uss),
            "unique set size: frames that nobody else maps",
        ),
        (
            "faults".to_owned(),
            format!("{} + {}", process.minor_faults, process.major_faults),
            "minor and major faults",
        ),
        (
            "dirty".to_owned(),
            pages(figures.system.dirty),
            "pages of the cache that differ from the disk",
        ),
        (
            "free".to_owned(),
            short_size(figures.system.free),
            "frames that nothing uses",
        ),
    ];
    let tile = |(key, (name, value, title)): (usize, (String, String, &'static str))| {
        html! { <div {key} {title}><dt>{ name }</dt><dd>{ value }</dd></div> }
    };
    html! {
        <div class="figures">
            <dl>{ for rows.into_iter().enumerate().map(tile) }</dl>
            { Button { id: Some("to-charts"), pressed: Some(charted), ..Button::word("Charts") }.draw(Msg::ToggleCharts, on) }
        </div>
    }
}
