//! SVG of shapes: one component a row, which renders again only when its items change.

use std::rc::Rc;

use view::{Cell, CellId, EntryState, Marks};
use yew::prelude::*;
use yew::virtual_dom::{AttributeOrProperty, Attributes, VTag};

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
    // What comes or goes in between moves nothing of another kind to another element.
    let mut counts = [0; 3];
    let shapes = drawing.shapes.iter();
    let shapes = shapes.filter_map(|shape| Some(match shape {
        Shape::Row(items) => {
            number += 1;
            let first = items.first()?;
            let (key, place) = (first.target.to_string(), first.rect);
            if band.is_some_and(|band| !band.shows(place) && !kept.contains(&place.y)) {
                return None;
            }
            let number = band.map(|_| number);
            let stops = |target: &Target| items.iter().any(|item| item.target == *target);
            let holds = |id: &CellId| items.iter().any(|item| item.target.thing() == Some(*id));
            html! { <Row {key} items={Rc::clone(items)} {number} tab_stop={tab_stop.filter(stops)} selected={selected.filter(holds)} /> }
        }
        other => {
            let kind = match other {
                Shape::Text { .. } => 0,
                Shape::Box { .. } => 1,
                _ => 2,
            };
            let [count, ..] = counts.get_mut(kind..)? else {
                return None;
            };
            *count += 1;
            still(*count * 3 + kind, other)
        }
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
                Align::Start => "start",
                Align::Middle => "middle",
                Align::End => "end",
            };
            let keys = &["x", "y", "class", "text-anchor", "aria-hidden"];
            let values = vec![
                number(at.x),
                number(at.y),
                (*class).into(),
                anchor.into(),
                "true".into(),
            ];
            let mut tag = element("text", keys, values, Some(text.into()));
            tag.key = Some(key.into());
            tag.into()
        }
        Shape::Box {
            rect,
            radius,
            class,
        } => {
            html! { <g {key}>{ rectangle(*rect, *radius, class.clone().into()) }</g> }
        }
        Shape::Path { d, class } => {
            let mut tag = path(d.clone(), class);
            tag.key = Some(key.into());
            tag.into()
        }
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
    let (class, inner) = match &item.look {
        Look::Cell(cell) => (
            format!("item cell {}", cell.kind.class()).into(),
            marked(item.rect, cell),
        ),
        other => ("item".into(), look(item.rect, other)),
    };
    let keys = &[
        "id",
        "class",
        "role",
        "tabindex",
        "aria-label",
        "aria-selected",
    ];
    let selected = if selected { "true" } else { "false" };
    let values = vec![
        id.clone().into(),
        class,
        "gridcell".into(),
        tab.into(),
        item.words().into(),
        selected.into(),
    ];
    let mut tag = element("g", keys, values, Some(inner));
    tag.key = Some(id.into());
    tag.into()
}

/// An element whose style class is a text as it stands: of one in a variable, `html!` makes a set of its words first, which
/// takes longer than all the rest of a cell.
fn element(
    name: &'static str,
    keys: &'static [&'static str],
    values: Vec<AttrValue>,
    inner: Option<Html>,
) -> VTag {
    let mut tag = VTag::new(name);
    let values = values.into_iter().map(AttributeOrProperty::Attribute);
    tag.set_attributes(Attributes::Dynamic {
        keys,
        values: values.map(Some).collect(),
    });
    tag.add_children(inner);
    tag
}

fn number(value: i32) -> AttrValue {
    value.to_string().into()
}

fn path(d: String, class: &'static str) -> VTag {
    let values = vec![d.into(), class.into()];
    element("path", &["d", "class"], values, None)
}

/// A rectangle with round corners.
pub fn rectangle(rect: Rect, radius: i32, class: AttrValue) -> Html {
    let Rect { x, y, w, h } = rect;
    let numbers = [x, y, w, h, radius];
    let mut values: Vec<AttrValue> = numbers.into_iter().map(number).collect();
    values.push(class);
    let keys = &["x", "y", "width", "height", "rx", "class"];
    element("rect", keys, values, None).into()
}

fn words(x: i32, y: i32, anchor: &'static str, class: &'static str, text: &str) -> Html {
    let keys = &["x", "y", "text-anchor", "class"];
    let values = vec![number(x), number(y), anchor.into(), class.into()];
    element("text", keys, values, Some(text.into())).into()
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
            let class = match (state, *on_path) {
                (EntryState::Empty, false) => "entry empty",
                (EntryState::Empty, true) => "entry empty on-path",
                (EntryState::Swap(_) | EntryState::Guard, false) => "entry other",
                (EntryState::Swap(_) | EntryState::Guard, true) => "entry other on-path",
                (EntryState::Table | EntryState::Frame(_), false) => "entry used",
                (EntryState::Table | EntryState::Frame(_), true) => "entry used on-path",
            };
            html! {
                <>
                    { rectangle(rect, 5, class.into()) }
                    { words(middle.x, base, "middle", "m tiny", text) }
                </>
            }
        }
        Look::Block { text, differs } => html! {
            <>
                { rectangle(rect, 4, if *differs { "block differs" } else { "block" }.into()) }
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
                    { rectangle(rect, 4, "area".into()) }
                    { words(rect.x + 6, base, "start", class, text) }
                    { " " }
                    { words(rect.x + rect.w - 6, base, "end", note_class, note) }
                </>
            }
        }
        Look::Fold { text } => html! {
            <>
                { rectangle(rect, 4, "fold".into()) }
                { words(middle.x, base, "middle", "tiny soft", text) }
            </>
        },
        Look::Area => rectangle(rect, 9, "area".into()),
    }
}

/// A cell: fill, label, and one shape for each mark.
fn cell(rect: Rect, cell: &Cell) -> Html {
    let class = format!("cell {}", cell.kind.class());
    element(
        "g",
        &["class"],
        vec![class.into()],
        Some(marked(rect, cell)),
    )
    .into()
}

fn marked(rect: Rect, cell: &Cell) -> Html {
    let marks = cell.marks;
    let Rect { x, y, w, h } = rect;
    let protected = marks.contains(Marks::WRITE_PROTECTED);
    let fill = match (protected, marks.contains(Marks::NO_ACCESS)) {
        (false, false) => "fill",
        (true, false) => "fill protected",
        (false, true) => "fill closed",
        (true, true) => "fill protected closed",
    };
    let mut shapes = vec![rectangle(rect, 4, fill.into())];
    if marks.contains(Marks::SHARED) {
        let inner = Rect::new(x + 3, y + 3, w - 6, h - 6);
        shapes.push(rectangle(inner, 2, "double".into()));
    }
    let mark = |mark: Marks, class: &'static str, d: &dyn Fn() -> String| -> Option<Html> {
        marks.contains(mark).then(|| path(d(), class).into())
    };
    shapes.extend(mark(Marks::WRITEBACK, "stripes", &|| {
        let (low, high) = (y + h - 6, y + h - 2);
        let (left, right, up) = (x + 2, w - 8, h - 8);
        format!("M{left} {low}l{right} -{up}M{} {high}l{right} -{up}", x + 6)
    }));
    let label = cell.label();
    let (middle, base) = (x + w / 2, y + h / 2 + 4);
    shapes.push(words(middle, base, "middle", "label", &label));
    shapes.extend(mark(Marks::DIRTY, "corner", &|| {
        format!("M{} {y}h5a3 3 0 0 1 3 3v5z", x + w - 8)
    }));
    shapes.extend(mark(Marks::LOCKED, "lock", &|| {
        format!("M{} {}v-2a2 2 0 0 1 4 0v2m-5 0h6v4h-6z", x + 2, y + h - 6)
    }));
    shapes.into_iter().collect()
}
