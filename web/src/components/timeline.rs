//! The line of all steps: where we are, what happened when, and the branches. A range input lies over
//! the drawing, so that it can be scrubbed and reached by keys.

use std::ops::Range;

use view::{MarkKind, Timeline, TimelineMark};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::futures::futures;
use crate::msg::Msg;
use crate::shared::Shared;

const HEIGHT: u64 = 48;
const LINE: u64 = 34;

/// What the timeline is made of.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The steps.
    pub timeline: Shared<Timeline>,
    /// The moment's sentence.
    pub words: AttrValue,
    /// The width at hand.
    pub width: i32,
    /// Where messages go.
    pub on: Callback<Msg>,
}

/// The timeline.
#[component]
pub fn TimelineBar(props: &Props) -> Html {
    let timeline = &props.timeline;
    let scale = Scale::new(timeline, props.width);
    let oninput = props.on.reform(|event: InputEvent| {
        let value = event.target_unchecked_into::<HtmlInputElement>().value();
        value.parse().map_or(Msg::Dismiss, Msg::Seek)
    });
    let max = timeline.length.to_string();
    let now = format!(
        "step {} of {}: {}",
        timeline.position,
        timeline.length,
        props.words.replace('`', "")
    );
    html! {
        <div class="timeline" title={letters()}>
            <input id="time" type="range" min="0" {max} step="1" value={timeline.position.to_string()} {oninput}
                aria-label="Step" aria-valuetext={now} />
            <svg viewBox={format!("0 0 {} {HEIGHT}", scale.width)} height={HEIGHT.to_string()} preserveAspectRatio="xMinYMid" aria-hidden="true">
                <g>{ track(timeline, &scale) }</g>
                <g>{ marks(timeline, &scale) }</g>
            </svg>
            { futures(&props.timeline, &scale, &props.on) }
        </div>
    }
}

/// What the letters above the line mean.
pub fn letters() -> String {
    let kinds = MarkKind::ALL
        .iter()
        .filter(|kind| **kind != MarkKind::Syscall);
    let words = kinds.map(|kind| format!("{}: {}", kind.label(), kind.name()));
    words.collect::<Vec<String>>().join(", ")
}

/// From steps to pixels.
pub(super) struct Scale {
    pub width: u64,
    /// Tenths of a pixel from one step to the next.
    pitch: u64,
    columns: u64,
    steps_per_column: u64,
}

impl Scale {
    fn new(timeline: &Timeline, width: i32) -> Scale {
        let width = u64::try_from(width - 36).unwrap_or(280).max(200);
        let steps_per_column = timeline.steps_per_column.max(1);
        let columns = timeline.length.div_ceil(steps_per_column).max(1);
        let pitch = (width * 10 / columns).clamp(10, 129);
        Scale {
            width,
            pitch,
            columns,
            steps_per_column,
        }
    }

    /// Where a column begins.
    pub fn x(&self, column: u64) -> u64 {
        column * self.pitch / 10
    }

    /// The column of a step, which is counted from 1.
    pub fn column(&self, step: u64) -> u64 {
        step.saturating_sub(1) / self.steps_per_column
    }
}

/// A square for each column while there is room, else bars.
fn track(timeline: &Timeline, scale: &Scale) -> Html {
    let now = (timeline.position > 0).then(|| scale.column(timeline.position));
    if scale.pitch > 40 {
        let columns = scale.columns;
        let past = now.unwrap_or(0).min(columns);
        let ahead = now.map_or(0, |now| now + 1).min(columns);
        return html! {
            <>
                <path class="past" d={squares(0..past, scale)} />
                <path class="now" d={squares(past..ahead, scale)} />
                <path class="ahead" d={squares(ahead..columns, scale)} />
            </>
        };
    }
    let bar = |column: u64, class: &'static str, columns: u64| {
        let width = columns * scale.pitch / 10;
        html! {
            <rect key={column} x={scale.x(column).to_string()} y={LINE.to_string()} width={width.max(2).to_string()}
                height="10" rx="2" {class} />
        }
    };
    let now = now.unwrap_or(0);
    html! {
        <>
            { bar(0, "past", now) }
            { bar(now, "ahead", scale.columns.saturating_sub(now)) }
            <rect key="now" x={scale.x(now).to_string()} y={(LINE - 2).to_string()} width="4" height="14" rx="2" class="now" />
        </>
    }
}

/// Of each of these columns a square with round corners, in one path: a step changes three elements and not a hundred.
fn squares(columns: Range<u64>, scale: &Scale) -> String {
    let width = (scale.pitch / 10).saturating_sub(4).max(2);
    let (r, inner) = match width {
        2 => ("1", 0),
        3 => ("1.5", 0),
        _ => ("2", width - 4),
    };
    let corner = format!("a{r} 2 0 0 1 ");
    let square = |column: u64| {
        format!(
            "M{} {}{corner}{r}-2h{inner}{corner}{r} 2v6{corner}-{r} 2h-{inner}{corner}-{r}-2z",
            scale.x(column),
            LINE + 2
        )
    };
    columns.map(square).collect()
}

/// Marks with their letters; of those that would overlap, the most remarkable.
fn marks(timeline: &Timeline, scale: &Scale) -> Html {
    let mut shown: Vec<&TimelineMark> = Vec::new();
    let room = |mark: &TimelineMark| if mark.kind == MarkKind::Fork { 24 } else { 12 };
    let kinds = MarkKind::ALL
        .iter()
        .filter(|kind| **kind != MarkKind::Syscall);
    let ranked = kinds.flat_map(|kind| timeline.marks.iter().filter(|mark| mark.kind == *kind));
    for mark in ranked {
        let x = scale.x(mark.column);
        let free = |other: &&TimelineMark| {
            scale.x(other.column).abs_diff(x) >= room(mark).max(room(other))
        };
        if shown.iter().all(free) {
            shown.push(mark);
        }
    }
    let mark = |mark: &&TimelineMark| {
        let x = scale.x(mark.column) + (scale.pitch / 20).min(4);
        let class = match mark.kind {
            MarkKind::MajorFault => "major",
            MarkKind::Copy => "copy",
            MarkKind::Signal | MarkKind::Error => "signal",
            MarkKind::Writeback => "writeback",
            _ => "",
        };
        html! {
            <g key={format!("{} {}", mark.column, mark.kind.name())}>
                <path class="tick" d={format!("M{x} {}v-10", LINE - 4)} />
                <text x={x.to_string()} y={(LINE - 19).to_string()} {class}>{ mark.kind.label() }</text>
            </g>
        }
    };
    shown.iter().map(mark).collect()
}
