//! The stage on the page: the drawing in a scrolling SVG, its pointer and arrow keys, and its switches.

use std::rc::Rc;

use view::{Action, CellId, Scene, Transition};
use wasm_bindgen::JsCast;
use yew::prelude::*;

use super::arrows::{self, Arrow};
use super::band::Band;
use super::layer::{lane, still};
use super::overlay::{Overlay, translation};
use super::shape::Target;
use super::tables::tables;
use super::{Drawing, Lane, cell};
use crate::components::button::Button;
use crate::motion::Score;
use crate::msg::Msg;
use crate::shared::Shared;

/// What the stage is made of.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The scene.
    pub scene: Shared<Scene>,
    /// The scene before it.
    pub former: Shared<Scene>,
    /// What moved last.
    pub transition: Shared<Transition>,
    /// The scene drawn.
    pub drawing: Shared<Drawing>,
    /// The part of it that is on the page; none where that is all.
    pub band: Option<Band>,
    /// When things move; none while motions are off.
    pub score: Option<Rc<Score>>,
    /// What is selected.
    pub selected: Option<CellId>,
    /// How many of the motions have happened, in the middle of a step.
    pub shown: Option<usize>,
    /// What can be done to what is selected.
    pub actions: Shared<Vec<Action>>,
    /// Lanes that are folded away.
    pub folded: Vec<Lane>,
    /// Whether the tables are shown.
    pub tables: bool,
    /// Where messages go.
    pub on: Callback<Msg>,
}

/// The stage.
#[component]
pub fn Stage(props: &Props) -> Html {
    let stops = use_state(Vec::<(Lane, Target)>::default);
    let pointed = use_state_eq(|| None::<CellId>);
    let drawing = &props.drawing;
    let onclick = {
        let (drawing, on) = (drawing.clone(), props.on.clone());
        Callback::from(move |event: MouseEvent| {
            on.emit(match item_id(&event).and_then(|id| target(&drawing, &id)) {
                Some(Target::Cell(id) | Target::Whole(id)) => Msg::Select(Some(id)),
                Some(Target::Fold { of, first, count }) => Msg::Open(of, first, count),
                None => Msg::Select(None),
            });
        })
    };
    let point = {
        let (drawing, pointed) = (drawing.clone(), pointed.clone());
        move |event: &Event| {
            let target = item_id(event).and_then(|id| target(&drawing, &id));
            pointed.set(match target {
                Some(Target::Cell(id) | Target::Whole(id)) => Some(id),
                _ => None,
            });
        }
    };
    let onpointerover = {
        let point = point.clone();
        Callback::from(move |event: PointerEvent| point(&event))
    };
    let onpointerleave = {
        let pointed = pointed.clone();
        Callback::from(move |_: PointerEvent| pointed.set(None))
    };
    let onfocusin = {
        let (drawing, stops) = (drawing.clone(), stops.clone());
        Callback::from(move |event: FocusEvent| {
            point(&event);
            let Some(id) = item_id(&event) else { return };
            let Some((lane, item)) = drawing.item(&id) else {
                return;
            };
            let mut next: Vec<_> = stops
                .iter()
                .filter(|(known, _)| *known != lane)
                .cloned()
                .collect();
            next.push((lane, item.target));
            stops.set(next);
        })
    };
    let onkeydown = {
        let (drawing, on) = (drawing.clone(), props.on.clone());
        Callback::from(move |event: KeyboardEvent| key(&drawing, &on, &event))
    };
    let layer = |drawing: &Rc<super::LaneDrawing>| {
        let targets = || drawing.items().map(|item| item.target);
        let known = stops.iter().find(|(lane, _)| *lane == drawing.lane);
        let known = known.map(|(_, target)| *target);
        let known = known.filter(|known| targets().any(|target| target == *known));
        lane(
            drawing,
            props.band,
            known.or_else(|| targets().next()),
            props.selected,
        )
    };
    let (width, height) = (drawing.width.to_string(), drawing.height.to_string());
    html! {
        <section class="stage" id="stage" aria-label="Stage">
            <div class="scroll">
                <svg id="drawing" viewBox={format!("0 0 {width} {height}")} {width} {height} role="group"
                    aria-label="The machine" {onclick} {onpointerover} {onpointerleave} {onfocusin} {onkeydown}>
                    <g>{ for drawing.rules.iter().enumerate().map(|(key, shape)| still(key, shape)) }</g>
                    <g>{ for translation(&props.scene, drawing).map(|d| html! { <path id="translation" class="translation" {d} aria-hidden="true" /> }) }</g>
                    <g>{ for drawing.lanes.iter().map(layer) }</g>
                    <g aria-hidden="true">{ for drawing.key.iter().enumerate().map(|(key, shape)| still(key, shape)) }</g>
                    <Overlay scene={props.scene.clone()} former={props.former.clone()} drawing={drawing.clone()} transition={props.transition.clone()} shown={props.shown}
                        score={props.score.clone()} pointed={*pointed} selected={props.selected} />
                </svg>
                <div hidden={!props.tables}>
                    { if props.tables { tables(&props.scene, "tables", "The stage as tables") } else { html! {} } }
                </div>
            </div>
            { hand(props) }
            { tools(props, *pointed) }
        </section>
    }
}

/// What can be done to what is selected: each button is the statement that it stands for.
fn hand(props: &Props) -> Html {
    let action = |(number, action): (usize, &Action)| {
        let (pid, statement) = (action.pid, action.statement.clone());
        let onclick = props.on.reform(move |_| Msg::Say(pid, statement.clone()));
        html! {
            <button type="button" key={number} id={format!("action-{number}")} {onclick} title={action.statement.clone()}>
                <b>{ action.verb }</b><code>{ &action.statement }</code>
            </button>
        }
    };
    html! {
        <div class="hand" role="group" aria-label="What can be done here" hidden={props.actions.is_empty()}>
            { for props.actions.iter().enumerate().map(action) }
        </div>
    }
}

/// The lanes' switches, and what is pointed at in words.
fn tools(props: &Props, pointed: Option<CellId>) -> Html {
    let switch = |name: &'static str, id: Option<&'static str>, pressed: bool, msg: Msg| {
        let button = Button {
            id,
            pressed: Some(pressed),
            ..Button::word(name)
        };
        button.draw(msg, &props.on)
    };
    let lane = |lane: Lane| {
        switch(
            lane.name(),
            None,
            !props.folded.contains(&lane),
            Msg::FoldLane(lane),
        )
    };
    let words = pointed.map(|id| {
        let found = props.scene.cell(id).map(cell::words);
        found.unwrap_or_else(|| {
            let item = props.drawing.item(&id.to_string());
            item.map_or_else(|| cell::name(id), |(_, item)| item.words())
        })
    });
    html! {
        <div class="stage-tools" role="group" aria-label="Lanes">
            { for Lane::ALL.into_iter().map(lane) }
            { switch("Tables", None, props.tables, Msg::ToggleTables) }
            { switch("All of RAM", Some("to-dense"), false, Msg::ToggleDense) }
            { switch("Compare", Some("to-compare"), false, Msg::ToggleCompare) }
            <span class="pointed" key="pointed">{ words.unwrap_or_default() }</span>
        </div>
    }
}

/// Arrow keys move the focus within a lane; Enter and Space select.
fn key(drawing: &Drawing, on: &Callback<Msg>, event: &KeyboardEvent) {
    let Some((lane, item)) = item_id(event).and_then(|id| {
        let (lane, item) = drawing.item(&id)?;
        Some((lane, item.clone()))
    }) else {
        return;
    };
    if event.alt_key() || event.ctrl_key() || event.meta_key() {
        return;
    }
    let key = event.key();
    if matches!(key.as_str(), "Enter" | " ") {
        event.prevent_default();
        event.stop_propagation();
        on.emit(match item.target {
            Target::Cell(id) | Target::Whole(id) => Msg::Select(Some(id)),
            Target::Fold { of, first, count } => Msg::Open(of, first, count),
        });
        return;
    }
    let Some(arrow) = Arrow::of_key(&key) else {
        return;
    };
    event.prevent_default();
    let mut lanes = drawing.lanes.iter().filter(|drawn| drawn.lane == lane);
    let next = lanes
        .next()
        .and_then(|drawn| arrows::next(drawn.items(), item.rect, arrow).cloned());
    if let Some(next) = next {
        on.emit(Msg::Focus(next.target.to_string()));
    }
}

fn target(drawing: &Drawing, id: &str) -> Option<Target> {
    drawing.item(id).map(|(_, item)| item.target)
}

/// The id of the item that an event is about.
fn item_id(event: &Event) -> Option<String> {
    let element = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    let item = element.closest("[role=gridcell]").ok()??;
    Some(item.id())
}
