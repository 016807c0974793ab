//! What just happened: a sentence, why, the fault's decisions, the PTEs that changed, and the motions
//! one by one in words.

use view::{DecisionView, EntryState, Explanation, PteChange, PteView, Tone, Transition};
use yew::prelude::*;

use super::rich::{Seen, rich, set};
use crate::animate::story_id;
use crate::msg::Msg;
use crate::shared::Shared;

/// Motions that are told of a step.
const MOST_TOLD: usize = 40;

/// What the explanation is made of.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The words.
    pub explanation: Shared<Explanation>,
    /// What moved.
    pub transition: Shared<Transition>,
    /// Whether Linux's functions are named.
    pub expert: bool,
    /// How many of the motions are shown, in the middle of a step.
    pub shown: Option<usize>,
    /// Where messages go.
    pub on: Callback<Msg>,
}

/// The explanation.
#[component]
pub fn Why(props: &Props) -> Html {
    let explanation = &props.explanation;
    let heading = explanation.steps();
    let part = props.shown.map_or_else(String::new, |shown| {
        format!(" · motion {shown} of {}", props.transition.motions.len())
    });
    let refused = explanation.tone == Tone::Refused || explanation.tone == Tone::Fatal;
    let seen = &mut Seen::new();
    let headline = set(&explanation.headline, Some(seen));
    let why = set(&explanation.why, Some(seen));
    let mut also = Vec::new();
    for (key, text) in explanation.also.iter().enumerate() {
        also.push(html! { <p {key} class="why">{ set(text, Some(seen)) }</p> });
    }
    let decision = |(key, decision): (usize, &DecisionView)| {
        let class = classes!(
            decision.taken.then_some("taken"),
            (decision.end && decision.taken).then_some(if refused { "refused" } else { "end" })
        );
        html! {
            <li {key} {class}>
                <b>{ set(&decision.question, Some(seen)) }</b><em>{ set(&decision.answer, None) }</em>
                <span class="unseen">{ if decision.taken { "" } else { "not reached" } }</span>
            </li>
        }
    };
    let decided = !explanation.decisions.is_empty();
    html! {
        <>
            <h2>{ heading }{ part }</h2>
            <p class="what">{ headline }</p>
            <p class="why" hidden={explanation.why.is_empty()}>{ why }</p>
            <div hidden={explanation.also.is_empty()}>{ for also }</div>
            <div hidden={!decided}>
                <h2>{ if refused { "Why it was refused" } else { "Why it faulted" } }</h2>
                <ol class="path">{ for explanation.decisions.iter().enumerate().map(decision) }</ol>
            </div>
            <div>{ for explanation.ptes.iter().map(changed_pte) }</div>
            { linux(props) }
            { story(props) }
        </>
    }
}

fn linux(props: &Props) -> Html {
    let functions = &props.explanation.linux;
    let function = |(key, function): (usize, &view::LinuxFunction)| {
        html! { <li {key}><code>{ function.name }</code>{ " " }<small>{ function.file }</small>{ " " }{ rich(function.does) }</li> }
    };
    html! {
        <div hidden={!props.expert || functions.is_empty()} class="linux">
            <h2>{ "In Linux" }</h2>
            <ol>{ for functions.iter().enumerate().map(function) }</ol>
        </div>
    }
}

/// The motions in words, each lit while it is played.
fn story(props: &Props) -> Html {
    let transition = &props.transition;
    let line = |(number, motion): (usize, &view::Motion)| {
        let current = props.shown == Some(number + 1);
        let ahead = props.shown.is_some_and(|shown| number >= shown);
        let onclick = props.on.reform(move |_| Msg::Shown(number + 1));
        html! {
            <li key={number} id={story_id(number)} class={classes!(ahead.then_some("ahead"))} aria-current={current.then_some("step")}>
                <button type="button" class="plain" {onclick}>{ motion.words.replace('`', "") }</button>
            </li>
        }
    };
    let motions = transition.motions.iter().enumerate();
    let mut told = motions.filter(|(_, motion)| !motion.words.is_empty());
    let shown: Html = told.by_ref().take(MOST_TOLD).map(line).collect();
    let more = told.count();
    html! {
        <div hidden={transition.motions.is_empty()}>
            <h2>{ "Step by step" }</h2>
            <ol class="story">{ shown }</ol>
            <p class="why" hidden={more == 0}>{ format!("… and {more} more: step by command to see them.") }</p>
        </div>
    }
}

fn changed_pte(change: &PteChange) -> Html {
    html! {
        <div key={change.page.0} class="card">
            { pte_table(&change.new, Some(&change.old)) }
        </div>
    }
}

/// A PTE bit by bit; with what it was before, only what changed.
pub fn pte_table(now: &PteView, was: Option<&PteView>) -> Html {
    let mut rows = vec![(
        "frame".to_owned(),
        "the frame that the entry holds",
        holds(now),
        was.map(holds),
    )];
    for (number, bit) in now.bits.iter().enumerate() {
        let old = was.and_then(|was| was.bits.get(number));
        if old.is_some_and(|old| old.set == bit.set) {
            continue;
        }
        let name = format!("{} {}", bit.letter, bit.name);
        let old = old.map(|old| digit(old.set));
        rows.push((name, bit.meaning, digit(bit.set), old));
    }
    let row = |(key, (name, title, new, old)): (usize, PteRow)| {
        let old = old.filter(|old| *old != new);
        html! {
            <tr {key} class={classes!(old.is_some().then_some("changed"))}>
                <th scope="row" {title}>{ name }</th>
                <td>{ for old.map(|old| html! { <><del>{ old }</del><span class="unseen">{ ", now " }</span></> }) }<ins>{ new }</ins></td>
            </tr>
        }
    };
    html! {
        <table>
            <caption>{ format!("PTE of {:#x}", now.page.address().0) }</caption>
            <tbody>{ for rows.into_iter().enumerate().map(row) }</tbody>
        </table>
    }
}

/// Name, meaning, value, and the value before.
type PteRow = (String, &'static str, String, Option<String>);

fn digit(set: bool) -> String {
    if set { "1" } else { "0" }.to_owned()
}

fn holds(pte: &PteView) -> String {
    match pte.state {
        EntryState::Frame(frame) => frame.0.to_string(),
        EntryState::Swap(slot) => format!("swap {slot}"),
        EntryState::Guard => "guard".to_owned(),
        EntryState::Empty | EntryState::Table => "–".to_owned(),
    }
}
