//! The figures over time: a table with a small chart in each row. Pointing at a chart shows the values of that step,
//! a click goes there; a second table holds the numbers of steps all over the program.

use view::{Chart, Charts, Figure, Scene};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::button::Button;
use crate::msg::Msg;
use crate::shared::Shared;
use crate::zoom;

/// The size that charts are drawn at, in their own units.
const WIDTH: u64 = 1200;
const HEIGHT: u64 = 220;
/// Room for the line's width above and below.
const EDGE: u64 = 10;
/// Rows of the table of numbers.
const ROWS: u64 = 24;

/// What the charts are made of.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The charts.
    pub charts: Shared<Charts>,
    /// The present moment, for its values.
    pub scene: Shared<Scene>,
    /// The present step.
    pub position: u64,
    /// Where messages go.
    pub on: Callback<Msg>,
}

/// The charts.
#[component]
pub fn ChartTable(props: &Props) -> Html {
    let pointed = use_state_eq(|| None::<u64>);
    let numbers = use_state_eq(|| false);
    let charts = &props.charts;
    let length = charts.length;
    let onpointermove = {
        let pointed = pointed.clone();
        Callback::from(move |event: PointerEvent| pointed.set(step_at(&event, length)))
    };
    let onpointerleave = {
        let pointed = pointed.clone();
        Callback::from(move |_: PointerEvent| pointed.set(None))
    };
    let onclick = {
        let on = props.on.clone();
        Callback::from(move |event: MouseEvent| {
            if let Some(step) = step_at(&event, length) {
                on.emit(Msg::Seek(step));
            }
        })
    };
    let at = pointed.unwrap_or(props.position);
    let row = |(number, chart): (usize, &Chart)| {
        let value = match *pointed {
            Some(step) => chart.at(step),
            None => chart.figure.now(&props.scene.figures, charts.pid),
        };
        html! {
            <tr key={number} class={chart.figure.is_part().then_some("part")} title={chart.figure.what()}>
                <th scope="row">{ chart.figure.name() }</th>
                <td><div class="spark"><Spark charts={charts.clone()} {number} /><i style={format!("left:{}%", percent(at, length))} /></div></td>
                <td>{ words(chart.figure, value) }</td>
            </tr>
        }
    };
    let rows = |of_process: bool| {
        let all = charts.charts.iter().enumerate();
        let these = all.filter(move |(_, chart)| chart.figure.is_of_process() == of_process);
        these.map(row).collect::<Html>()
    };
    let toggle = {
        let numbers = numbers.clone();
        Callback::from(move |_: MouseEvent| numbers.set(!*numbers))
    };
    html! {
        <section class="charts" id="charts" aria-label="Figures over time">
            <div class="panel-head">
                <h2>{ format!("Figures after step {at}") }</h2>
                { Button::cross("Close the charts").draw(Msg::ToggleCharts, &props.on) }
            </div>
            <table {onpointermove} {onpointerleave} {onclick}>
                <colgroup><col /><col /><col /></colgroup>
                <tbody><tr><th colspan="3" scope="rowgroup">{ format!("Process {}", charts.pid) }</th></tr>{ rows(true) }</tbody>
                <tbody><tr><th colspan="3" scope="rowgroup">{ "Machine" }</th></tr>{ rows(false) }</tbody>
            </table>
            <button type="button" aria-expanded={numbers.to_string()} onclick={toggle}>{ "Numbers of all steps" }</button>
            <div>{ if *numbers { table(charts) } else { html! {} } }</div>
        </section>
    }
}

/// The step that a pointer on a chart means.
fn step_at(event: &MouseEvent, length: u64) -> Option<u64> {
    let target = event.target()?.dyn_into::<HtmlElement>().ok()?;
    let width = u64::try_from(target.client_width())
        .ok()
        .filter(|width| *width > 0)?;
    // A place in it is neither negative nor large.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let x = (zoom::place(event, &target).0 as u64).min(width);
    (target.class_name() == "spark").then(|| (x * length + width / 2) / width)
}

fn percent(step: u64, length: u64) -> u64 {
    step * 100 / length.max(1)
}

fn words(figure: Figure, value: Option<u64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| figure.value_words(value))
}

/// Which chart is drawn.
#[derive(Clone, PartialEq, Properties)]
struct SparkProps {
    charts: Shared<Charts>,
    number: usize,
}

/// A chart's line. It renders again only when the charts are others.
#[component]
fn Spark(props: &SparkProps) -> Html {
    let chart = props.charts.charts.get(props.number);
    let (line, area) =
        chart.map_or_else(Default::default, |chart| paths(chart, props.charts.length));
    html! {
        <svg viewBox={format!("0 0 {WIDTH} {HEIGHT}")} preserveAspectRatio="none" aria-hidden="true">
            <path class="under" d={area} /><path d={line} />
        </svg>
    }
}

/// The line of a chart in steps, and the area under it.
fn paths(chart: &Chart, length: u64) -> (String, String) {
    let x = |step: u64| step * WIDTH / length.max(1);
    let y = |value: u64| {
        let room = HEIGHT - 2 * EDGE;
        HEIGHT - EDGE - value.saturating_mul(room) / chart.greatest.max(1)
    };
    let (mut line, mut area) = (String::new(), String::new());
    for piece in chart.points.split_inclusive(|(_, value)| value.is_none()) {
        let Some((start, _)) = piece.first().filter(|(_, value)| value.is_some()) else {
            continue;
        };
        let mut steps = String::new();
        for (step, value) in piece {
            let at = x(*step);
            match value {
                Some(value) if steps.is_empty() => steps = format!("M{at} {}", y(*value)),
                Some(value) => steps += &format!("H{at}V{}", y(*value)),
                None => steps += &format!("H{at}"),
            }
        }
        if matches!(piece.last(), Some((_, Some(_)))) {
            steps += &format!("H{WIDTH}");
        }
        area += &format!("{steps}V{HEIGHT}H{}Z", x(*start));
        line += &steps;
    }
    (line, area)
}

/// The numbers themselves, for steps all over the program.
fn table(charts: &Charts) -> Html {
    let rows = ROWS.min(charts.length.max(1));
    let head = |chart: &Chart| html! { <th scope="col">{ chart.figure.name() }</th> };
    let row = |number: u64| {
        let step = number * charts.length / rows;
        let cell = |chart: &Chart| html! { <td>{ words(chart.figure, chart.at(step)) }</td> };
        html! { <tr key={number}><th scope="row">{ step }</th>{ for charts.charts.iter().map(cell) }</tr> }
    };
    html! {
        <div class="numbers" tabindex="0" role="region" aria-label="Numbers of all steps">
            <table>
                <thead><tr><th scope="col">{ "step" }</th>{ for charts.charts.iter().map(head) }</tr></thead>
                <tbody>{ for (0..=rows).map(row) }</tbody>
            </table>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_in_steps_and_breaks_where_nothing_is_known() {
        let chart = |points: &[(u64, Option<u64>)]| Chart {
            figure: Figure::Rss,
            points: points.to_vec(),
            greatest: 2,
        };
        let (line, area) = paths(&chart(&[(0, Some(0)), (5, Some(2))]), 10);
        assert_eq!(line, "M0 210H600V10H1200");
        assert_eq!(area, "M0 210H600V10H1200V220H0Z");
        let (line, _) = paths(&chart(&[(0, None), (2, Some(1)), (5, None)]), 10);
        assert_eq!(line, "M240 110H600");
        assert_eq!(paths(&chart(&[]), 0).0, "");
    }
}
