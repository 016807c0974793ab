//! SVG of shapes: one component a row, which renders again only when its items change.

use std::rc::Rc;

use view::{Cell, CellId, EntryState, Marks};
use yew::prelude::*;

use super::band::Band;
use super::shape::{Align, Item, Look, Rect, Shape, Target};
use super::{Drawing, LaneDrawing};

/// What a row is made of.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// Its items.
    items: Rc<Vec<Item>>,
    /// Which of the lane's rows it is, from 1, where not all are on the page.
    number: Option<usize>,
    /// That of them which Tab reaches.
    tab_stop: Option<Target>,
    /// What is selected, where it is one of them.
    selected: Option<CellId>,
}

/// A row of a lane's grid.
#[component]
pub fn Row(props: &Props) -> Html {
    let number = props.number.map(|number| number.to_string());
    html! { <g role="row" aria-rowindex={number}>{ for props.items.iter().map(|item| interactive(item, props)) }</g> }
}

/// A lane as a grid of rows between its texts and boxes. With a band, the rows of it alone, and those that the keyboard
/// can reach from anywhere: the first, the last, and those with the tab stop and what is selected.
pub fn lane(
    drawing: &LaneDrawing,
    band: Option<Band>,
    tab_stop: Option<Target>,
    selected: Option<CellId>,
) -> Html {
    let is_kept = |item: &&Item| {
        Some(item.target) == tab_stop || selected.is_some() && item.target.thing() == selected
    };
    let mut rows = 0;
    let mut kept: Vec<i32> = Vec::new();
    if band.is_some() {
        rows = drawing.rows().count();
        let ends = [drawing.rows().next(), drawing.rows().last()];
        let ends = ends.into_iter().flatten().flat_map(|row| row.first());
        kept.extend(
            drawing
                .items()
                .filter(is_kept)
                .chain(ends)
                .map(|item| item.rect.y),
        );
    }
    let mut number = 0;
    let shapes = drawing.shapes.iter();
    let shapes = shapes.enumerate().filter_map(|(key, shape)| Some(match shape {
        Shape::Row(items) => {
            number += 1;
            let place = items.first()?.rect;
            if band.is_some_and(|band| !band.shows(place) && !kept.contains(&place.y)) {
                return None;
            }
            let number = band.map(|_| number);
            let stops = |target: &Target| items.iter().any(|item| item.target == *target);
            let holds = |id: &CellId| items.iter().any(|item| item.target.thing() == Some(*id));
            html! { <Row {key} items={Rc::clone(items)} {number} tab_stop={tab_stop.filter(stops)} selected={selected.filter(holds)} /> }
        }
        other => still(key, other),
    }));
    let name = drawing.lane.name();
    let count = band.map(|_| rows.to_string());
    html! { <g key={name} role="grid" aria-label={name} aria-rowcount={count}>{ for shapes }</g> }
}

/// A whole drawing as a picture that nobody points into, with what is lit in it; the first of that has an id.
pub fn picture(drawing: &Drawing, lit: &[Rect], id: &'static str, label: &str) -> Html {
    let lanes = drawing.lanes.iter().flat_map(|lane| &lane.shapes);
    let shapes = lanes.enumerate().map(|(key, shape)| match shape {
        Shape::Row(items) => html! {
            <g {key}>{ for items.iter().map(|item| look(item.rect, &item.look)) }</g>
        },
        other => still(key, other),
    });
    let ring = |(number, rect): (usize, &Rect)| {
        html! { <g id={(number == 0).then_some(id)}>{ super::overlay::ring(*rect, "accent") }</g> }
    };
    let size = (drawing.width, drawing.height);
    html! {
        <svg role="img" aria-label={label.to_owned()} viewBox={format!("0 0 {} {}", size.0, size.1)} width={size.0.to_string()}>
            <g>{ for shapes }</g>
            <g class="overlay">{ for lit.iter().enumerate().map(ring) }</g>
        </svg>
    }
}

/// Shapes that nobody points at.
pub fn still(key: usize, shape: &Shape) -> Html {
    match shape {
        Shape::Text {
            at,
            align,
            class,
            text,
        } => {
            let anchor = match align {
                Align::Start => None,
                Align::Middle => Some("middle"),
                Align::End => Some("end"),
            };
            html! {
                <text {key} x={at.x.to_string()} y={at.y.to_string()} class={*class} text-anchor={anchor}
                    aria-hidden="true">{ text }</text>
            }
        }
        Shape::Box {
            rect,
            radius,
            class,
        } => {
            html! { <g {key}>{ rectangle(*rect, *radius, class.clone()) }</g> }
        }
        Shape::Path { d, class } => html! { <path {key} d={d.clone()} class={*class} /> },
        Shape::Sample { rect, look: how } => html! { <g {key}>{ look(*rect, how) }</g> },
        Shape::Row(_) => html! { <g {key} /> },
    }
}

fn interactive(item: &Item, props: &Props) -> Html {
    let id = item.target.to_string();
    let tab = if props.tab_stop == Some(item.target) {
        "0"
    } else {
        "-1"
    };
    let selected = item.target.thing().is_some() && item.target.thing() == props.selected;
    let selected = selected.to_string();
    html! {
        <g key={id.clone()} {id} class="item" role="gridcell" tabindex={tab} aria-label={item.words()} aria-selected={selected}>
            { look(item.rect, &item.look) }
        </g>
    }
}

fn rectangle(rect: Rect, radius: i32, class: impl Into<Classes>) -> Html {
    html! {
        <rect x={rect.x.to_string()} y={rect.y.to_string()} width={rect.w.to_string()}
            height={rect.h.to_string()} rx={radius.to_string()} class={class.into()} />
    }
}

fn words(x: i32, y: i32, anchor: &'static str, class: &'static str, text: &str) -> Html {
    html! {
        <text x={x.to_string()} y={y.to_string()} text-anchor={anchor} {class}>{ text }</text>
    }
}

/// An item's own drawing.
pub fn look(rect: Rect, look: &Look) -> Html {
    let (middle, base) = (rect.middle(), rect.middle().y + 4);
    match look {
        Look::Cell(of) => cell(rect, of),
        Look::Entry {
            state,
            on_path,
            text,
        } => {
            let state = match state {
                EntryState::Empty => "empty",
                EntryState::Swap(_) | EntryState::Guard => "other",
                EntryState::Table | EntryState::Frame(_) => "used",
            };
            let path = if *on_path { "on-path" } else { "" };
            html! {
                <>
                    { rectangle(rect, 5, classes!("entry", state, path)) }
                    { words(middle.x, base, "middle", "m tiny", text) }
                </>
            }
        }
        Look::Block { text, differs } => html! {
            <>
                { rectangle(rect, 4, classes!("block", differs.then_some("differs"))) }
                { words(rect.x + 6, base, "start", "m tiny soft", text) }
            </>
        },
        Look::Translation {
            text,
            note,
            flushed,
        } => {
            let class = if *flushed {
                "m tiny soft struck"
            } else {
                "m tiny"
            };
            let note_class = if *flushed {
                "tiny dirty-text"
            } else {
                "m tiny soft"
            };
            html! {
                <>
                    { rectangle(rect, 4, "area") }
                    { words(rect.x + 6, base, "start", class, text) }
                    { " " }
                    { words(rect.x + rect.w - 6, base, "end", note_class, note) }
                </>
            }
        }
        Look::Fold { text } => html! {
            <>
                { rectangle(rect, 4, "fold") }
                { words(middle.x, base, "middle", "tiny soft", text) }
            </>
        },
        Look::Area => rectangle(rect, 9, "area"),
    }
}

/// A cell: fill, label, and one shape for each mark.
fn cell(rect: Rect, cell: &Cell) -> Html {
    let marks = cell.marks;
    let Rect { x, y, w, h } = rect;
    let inner = Rect::new(x + 3, y + 3, w - 6, h - 6);
    let protected = marks
        .contains(Marks::WRITE_PROTECTED)
        .then_some("protected");
    let closed = marks.contains(Marks::NO_ACCESS).then_some("closed");
    let corner = format!("M{} {y}h5a3 3 0 0 1 3 3v5z", x + w - 8);
    let stripes = format!(
        "M{} {}l{} -{}M{} {}l{} -{}",
        x + 2,
        y + h - 6,
        w - 8,
        h - 8,
        x + 6,
        y + h - 2,
        w - 8,
        h - 8
    );
    let lock = format!("M{} {}v-2a2 2 0 0 1 4 0v2m-5 0h6v4h-6z", x + 2, y + h - 6);
    let shown = |mark: Marks| marks.contains(mark).then_some(());
    html! {
        <g class={classes!("cell", cell.kind.class())}>
            { rectangle(rect, 4, classes!("fill", protected, closed)) }
            { for shown(Marks::SHARED).map(|()| rectangle(inner, 2, "double")) }
            { for shown(Marks::WRITEBACK).map(|()| html! { <path class="stripes" d={stripes} /> }) }
            { words(x + w / 2, y + h / 2 + 4, "middle", "label", &cell.label()) }
            { for shown(Marks::DIRTY).map(|()| html! { <path class="corner" d={corner} /> }) }
            { for shown(Marks::LOCKED).map(|()| html! { <path class="lock" d={lock} /> }) }
        </g>
    }
}
