//! The futures that were left: each a line that forks off the line of steps where it parts from it, to go back to.

use view::{BranchView, Timeline};
use yew::prelude::*;

use super::timeline::Scale;
use crate::msg::Msg;

/// A future's row, in pixels.
const ROW: u64 = 26;
/// The bend from the line of steps to the row, in pixels.
const BEND: u64 = 12;
/// A name has at least this width, in pixels.
const NAME: u64 = 96;

/// The other futures, one below the other.
pub(super) fn futures(timeline: &Timeline, scale: &Scale, on: &Callback<Msg>) -> Html {
    let others = timeline.branches.iter().filter(|branch| !branch.current);
    let others: Vec<&BranchView> = others.collect();
    // The place between the last common step and the first of its own.
    let fork = |branch: &BranchView| {
        scale
            .x(scale.column(branch.parts + 1))
            .min(scale.width - NAME)
    };
    let line = |(row, branch): (u64, &&BranchView)| {
        let x = fork(branch);
        let end = scale
            .x(scale.column(branch.length) + 1)
            .clamp(x + BEND + 8, scale.width);
        let y = (row + 1) * ROW - 2;
        let d = format!("M{x} 0V{}q0 {BEND} {BEND} {BEND}H{end}", y - BEND);
        html! { <path key={branch.id} class="branch" {d} /> }
    };
    let button = |branch: &&BranchView| {
        let (id, own) = (branch.id, branch.length.saturating_sub(branch.parts));
        let onclick = on.reform(move |_| Msg::Branch(id));
        let label = match branch.label.as_str() {
            "" => "the beginning",
            label => label,
        };
        let title = format!(
            "Another future, from step {}: {label}, {own} steps of its own",
            branch.parts
        );
        let left = fork(branch) + BEND;
        let style = format!(
            "left:{left}px;max-width:{}px",
            (scale.width - left).max(NAME)
        );
        html! {
            <div key={id}><button type="button" {onclick} {style} title={title.clone()} aria-label={title}><span>{ label }</span></button></div>
        }
    };
    let height = (others.len() as u64 * ROW).to_string();
    html! {
        <div class="branches" hidden={others.is_empty()} role="group" aria-label="Branches">
            <svg key="lines" width={scale.width.to_string()} {height} aria-hidden="true">{ for (0..).zip(&others).map(line) }</svg>
            { for others.iter().map(button) }
        </div>
    }
}
