//! The program: a text area over its own highlighted copy, with the line of each process marked and
//! what is wrong below it.

use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use crate::highlight;
use crate::msg::Msg;
use crate::state::Activity;
use session::Problem;

/// A process and the line at which it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stand {
    /// The process's number.
    pub pid: String,
    /// Its colour's style class.
    pub class: &'static str,
    /// The line, from 1.
    pub line: u32,
}

/// What the editor is made of.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The text.
    pub text: AttrValue,
    /// Whether it differs from what runs.
    pub edited: bool,
    /// Where processes stand.
    pub stands: Vec<Stand>,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// What goes on.
    pub activity: Activity,
    /// Of two machines side by side, whether it is the second one's program.
    pub second: Option<bool>,
    /// Where messages go.
    pub on: Callback<Msg>,
}

/// The editor.
#[component]
pub fn Editor(props: &Props) -> Html {
    let on = &props.on;
    let oninput = on.reform(|event: InputEvent| {
        Msg::Edit(event.target_unchecked_into::<HtmlTextAreaElement>().value())
    });
    let running = props.activity == Activity::Running;
    let run = on.reform(move |_| if running { Msg::Stop } else { Msg::Run });
    let lines = highlight::lines(&props.text);
    let rows = lines.len().to_string();
    html! {
        <>
            <div class="panel-head">
                <h2 id="program-title">{ "Program" }</h2>
                { for props.second.map(|second| sides(second, on)) }
                <button type="button" hidden={!props.edited} onclick={on.reform(|_| Msg::Restart)}>{ "Restart" }</button>
                <button type="button" class={classes!(running.then_some("main"))} onclick={run}>
                    { if running { "Stop" } else { "Run" } }
                </button>
            </div>
            <div class="editor" id="editor">
                <div class="code">
                    <div aria-hidden="true">
                        { for lines.into_iter().enumerate().map(|(number, pieces)| line(props, number, pieces)) }
                    </div>
                    <textarea id="program" aria-labelledby="program-title" aria-describedby="program-problems program-stands" spellcheck="false"
                        autocapitalize="off" autocomplete="off" {rows} value={props.text.clone()} {oninput} />
                </div>
            </div>
            <p id="program-stands" class="unseen">{ for props.stands.iter().map(|stand| format!("Process {} is at line {}. ", stand.pid, stand.line)) }</p>
            { told(&props.problems) }
        </>
    }
}

/// Which of two machines' programs is edited.
fn sides(shown: bool, on: &Callback<Msg>) -> Html {
    let side = |second: bool| {
        let name = if second { "Second" } else { "First" };
        let onclick = on.reform(move |_| Msg::EditSecond(second));
        html! { <button type="button" key={name} class="side" aria-pressed={(second == shown).to_string()} {onclick}>{ name }</button> }
    };
    html! { <>{ side(false) }{ side(true) }</> }
}

fn line(props: &Props, number: usize, pieces: Vec<highlight::Piece>) -> Html {
    let here = u32::try_from(number + 1).unwrap_or(u32::MAX);
    let wrong =
        !props.edited_or_clean() && props.problems.iter().any(|problem| problem.line == here);
    let stands = props
        .stands
        .iter()
        .filter(|stand| stand.line == here && !props.edited);
    let stands: Vec<&Stand> = stands.collect();
    let at = stands.first().map(|stand| classes!("at", stand.class));
    let piece = |(key, piece): (usize, highlight::Piece)| html! { <span {key} class={piece.class}>{ piece.text }</span> };
    let pill = |stand: &&Stand| html! { <b key={stand.pid.clone()} class={classes!("pill", stand.class)}>{ &stand.pid }</b> };
    let id = stands.first().map(|_| format!("line-{here}"));
    html! {
        <div key={number} {id} class={classes!("line", at, wrong.then_some("wrong"))}>
            <i>{ here }</i>
            <span>{ for pieces.into_iter().enumerate().map(piece) }</span>
            { for stands.iter().map(pill) }
        </div>
    }
}

impl Props {
    /// Whether no line is to be marked as wrong.
    fn edited_or_clean(&self) -> bool {
        self.problems.is_empty()
    }
}

/// What is wrong with the program, each at its line and column.
fn told(problems: &[Problem]) -> Html {
    let problem = |(key, problem): (usize, &Problem)| {
        html! { <li {key}>{ explain(problem) }</li> }
    };
    html! {
        <div id="program-problems" role="alert" class="diagnostics" hidden={problems.is_empty()}>
            <ol>{ for problems.iter().enumerate().map(problem) }</ol>
        </div>
    }
}

/// A problem: where, what, its line with the place underlined, and a hint.
pub fn explain(problem: &Problem) -> Html {
    let before = usize::try_from(problem.column.saturating_sub(1)).unwrap_or(0);
    let length = usize::try_from(problem.length.max(1)).unwrap_or(1);
    let mut characters = problem.text.chars();
    let start: String = characters.by_ref().take(before).collect();
    let marked: String = characters.by_ref().take(length).collect();
    let end: String = characters.collect();
    html! {
        <>
            <span class="where">{ format!("{}:{} ", problem.line, problem.column) }</span>
            { super::rich::rich(&problem.message) }
            <pre>{ start }<u>{ marked }</u>{ end }</pre>
            <span class="hint">{ for problem.hint.iter().map(|hint| super::rich::rich(hint)) }</span>
        </>
    }
}
