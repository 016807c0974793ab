//! The console: what was typed and printed, and a line for the next statement, with history and
//! completion.

use session::{Entry, Problem};
use view::Pid;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::editor::explain;
use crate::lab::{Line as ConsoleLine, Names};
use crate::msg::Msg;

/// A process that can be spoken to, and its colour's style class.
pub type Speaker = (Pid, &'static str);

/// What the console is made of.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The lines up to now.
    pub lines: Vec<ConsoleLine>,
    /// The processes that can be spoken to.
    pub speakers: Vec<Speaker>,
    /// The one that the next statement is for.
    pub speaker: Pid,
    /// Names that can be typed, and what each is.
    pub names: Names,
    /// Where messages go.
    pub on: Callback<Msg>,
}

/// What the console changes by itself.
#[derive(Clone, Debug)]
pub enum Change {
    /// The line was edited.
    Typed(String),
    /// A key was pressed that the console knows.
    Up,
    /// Likewise.
    Down,
    /// The chosen completion, or the only one, is taken.
    Accept,
    /// A completion was clicked.
    Take(usize),
    /// The completions go away.
    Close,
    /// The line is said.
    Enter,
    /// Another process is spoken to.
    Speak(Pid),
}

/// The console.
pub struct Console {
    line: String,
    speaker: Option<Pid>,
    said: Vec<String>,
    recalled: Option<usize>,
    names: Vec<(String, String)>,
    chosen: Option<usize>,
    lines: usize,
    log: NodeRef,
    input: NodeRef,
}

impl Component for Console {
    type Message = Change;
    type Properties = Props;

    fn create(_: &Context<Console>) -> Console {
        Console {
            line: String::new(),
            speaker: None,
            said: Vec::new(),
            recalled: None,
            names: Vec::new(),
            chosen: None,
            lines: 0,
            log: NodeRef::default(),
            input: NodeRef::default(),
        }
    }

    fn update(&mut self, ctx: &Context<Console>, change: Change) -> bool {
        match change {
            Change::Typed(line) => {
                self.line = line;
                self.recalled = None;
                self.find_names(ctx);
            }
            Change::Up if !self.names.is_empty() => self.choose(-1),
            Change::Down if !self.names.is_empty() => self.choose(1),
            Change::Up => self.recall(-1),
            Change::Down => self.recall(1),
            Change::Accept => self.take(self.chosen.unwrap_or(0)),
            Change::Take(number) => self.take(number),
            Change::Close => self.names.clear(),
            Change::Enter => match self.chosen {
                Some(number) if !self.names.is_empty() => self.take(number),
                _ => self.say(ctx),
            },
            Change::Speak(pid) => self.speaker = Some(pid),
        }
        true
    }

    fn view(&self, ctx: &Context<Console>) -> Html {
        let props = ctx.props();
        let class = |pid: Pid| {
            let speaker = props.speakers.iter().find(|(known, _)| *known == pid);
            speaker.map_or("p1", |(_, class)| *class)
        };
        let line = |(key, line): (usize, &ConsoleLine)| {
            let class = pid_of(line).map_or("", class);
            html! { <div {key}>{ shown(line, class) }</div> }
        };
        html! {
            <section class="console" aria-label="Console">
                <div class="log" ref={self.log.clone()} tabindex="0" role="group" aria-label="What was typed and printed">
                    { for props.lines.iter().enumerate().map(line) }
                </div>
                { self.form(ctx, class(self.speaker(ctx))) }
            </section>
        }
    }

    fn rendered(&mut self, ctx: &Context<Console>, _: bool) {
        // Asking for a height makes the browser lay the page out: only when there is a new line.
        let lines = ctx.props().lines.len();
        if std::mem::replace(&mut self.lines, lines) == lines {
            return;
        }
        if let Some(log) = self.log.cast::<web_sys::Element>() {
            log.set_scroll_top(log.scroll_height());
        }
    }
}

impl Console {
    /// The process that the next statement is for: the chosen one while it lives.
    fn speaker(&self, ctx: &Context<Console>) -> Pid {
        let alive = |pid: &Pid| ctx.props().speakers.iter().any(|(known, _)| known == pid);
        self.speaker.filter(alive).unwrap_or(ctx.props().speaker)
    }

    fn form(&self, ctx: &Context<Console>, class: &'static str) -> Html {
        let link = ctx.link();
        let props = ctx.props();
        let speaker = self.speaker(ctx);
        let onsubmit = link.callback(|event: SubmitEvent| {
            event.prevent_default();
            Change::Enter
        });
        let oninput = link.callback(|event: InputEvent| {
            Change::Typed(event.target_unchecked_into::<HtmlInputElement>().value())
        });
        let open = !self.names.is_empty();
        let onkeydown = link.batch_callback(move |event: KeyboardEvent| key(&event, open));
        let onchange = link.batch_callback(|event: Event| {
            let value = event.target_unchecked_into::<HtmlSelectElement>().value();
            value.parse().ok().map(|pid| Change::Speak(Pid(pid)))
        });
        let option = |(pid, _): &Speaker| {
            html! { <option key={pid.0} value={pid.to_string()} selected={*pid == speaker}>{ format!("{pid}>") }</option> }
        };
        let active = self
            .chosen
            .filter(|_| open)
            .map(|number| format!("name-{number}"));
        html! {
            <form {onsubmit} {class}>
                <select aria-label="Process to speak to" hidden={props.speakers.is_empty()} {onchange}>{ for props.speakers.iter().map(option) }</select>
                <input id="statement" ref={self.input.clone()} value={self.line.clone()} {oninput} {onkeydown} aria-label="C statement"
                    placeholder={if props.speakers.is_empty() { "no process runs any more" } else { "a C statement" }} autocomplete="off" autocapitalize="off" spellcheck="false" role="combobox"
                    aria-autocomplete="list" aria-expanded={open.to_string()} aria-controls="names"
                    aria-activedescendant={active} />
                <ul id="names" class="completions" role="listbox" aria-label="Names" hidden={!open}>
                    { for self.names.iter().enumerate().map(|(number, name)| self.name(ctx, number, name)) }
                </ul>
            </form>
        }
    }

    fn name(&self, ctx: &Context<Console>, number: usize, (name, what): &(String, String)) -> Html {
        let onmousedown = ctx.link().callback(move |event: MouseEvent| {
            event.prevent_default();
            Change::Take(number)
        });
        let selected = (self.chosen == Some(number)).to_string();
        html! {
            <li key={name.clone()} id={format!("name-{number}")} role="option" aria-selected={selected} {onmousedown}>
                { name }<span>{ what }</span>
            </li>
        }
    }

    fn find_names(&mut self, ctx: &Context<Console>) {
        let prefix = last_word(&self.line);
        self.chosen = None;
        self.names = if prefix.chars().count() < 2 {
            Vec::new()
        } else {
            let names = ctx.props().names.iter();
            names
                .filter(|(name, _)| name.starts_with(prefix))
                .cloned()
                .collect()
        };
        self.names.retain(|(name, _)| name != prefix);
        self.names.truncate(7);
    }

    fn choose(&mut self, by: isize) {
        let last = self.names.len().saturating_sub(1);
        self.chosen = Some(match self.chosen {
            None if by > 0 => 0,
            None => last,
            Some(number) => number.saturating_add_signed(by).min(last),
        });
    }

    fn take(&mut self, number: usize) {
        if let Some((name, _)) = self.names.get(number) {
            let kept = self.line.len() - last_word(&self.line).len();
            self.line.truncate(kept);
            self.line.push_str(name);
        }
        self.names.clear();
        self.chosen = None;
    }

    fn recall(&mut self, by: isize) {
        let count = self.said.len();
        let at = self.recalled.unwrap_or(count).saturating_add_signed(by);
        self.recalled = (at < count).then_some(at);
        let line = self.recalled.and_then(|at| self.said.get(at));
        self.line = line.cloned().unwrap_or_default();
        if self.recalled.is_none() && count > 0 && by < 0 {
            self.recalled = Some(0);
        }
    }

    fn say(&mut self, ctx: &Context<Console>) {
        let line = std::mem::take(&mut self.line);
        self.names.clear();
        self.recalled = None;
        if line.trim_ascii().is_empty() {
            return;
        }
        if self.said.last() != Some(&line) {
            self.said.push(line.clone());
        }
        ctx.props().on.emit(Msg::Say(self.speaker(ctx), line));
    }
}

/// What a key asks of the console, while the completions are open or not.
fn key(event: &KeyboardEvent, open: bool) -> Option<Change> {
    let change = match event.key().as_str() {
        "ArrowUp" => Change::Up,
        "ArrowDown" => Change::Down,
        "Tab" if open && !event.shift_key() => Change::Accept,
        "Escape" if open => Change::Close,
        _ => return None,
    };
    event.prevent_default();
    event.stop_propagation();
    Some(change)
}

/// The name that the line ends with; empty if it ends with none.
fn last_word(line: &str) -> &str {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let start = line.rfind(|c| !is_name(c)).map_or(0, |at| {
        at + line
            .get(at..)
            .and_then(|rest| rest.chars().next())
            .map_or(1, char::len_utf8)
    });
    let word = line.get(start..).unwrap_or("");
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        ""
    } else {
        word
    }
}

fn pid_of(line: &ConsoleLine) -> Option<Pid> {
    match line {
        ConsoleLine::Refused { pid, .. } => Some(*pid),
        ConsoleLine::Said(entry) => match entry {
            Entry::Typed { pid, .. }
            | Entry::Answer { pid, .. }
            | Entry::Output { pid, .. }
            | Entry::Warning { pid, .. }
            | Entry::Ended { pid, .. } => Some(*pid),
            Entry::File { .. } => None,
        },
    }
}

/// A line of the console.
fn shown(line: &ConsoleLine, class: &'static str) -> Html {
    let entry = match line {
        ConsoleLine::Refused {
            pid,
            text,
            problems,
        } => return refused(class, *pid, text, problems),
        ConsoleLine::Said(entry) => entry,
    };
    match entry {
        Entry::Typed { pid, text } => typed(class, *pid, text),
        Entry::Answer { text, .. } => html! { <p>{ "= " }{ &**text }</p> },
        Entry::Output { pid, text, .. } => {
            let label = format!("printed by process {pid}: ");
            html! { <p class={classes!("output", class)}><span class="unseen">{ label }</span>{ &**text }</p> }
        }
        Entry::Warning { problem, .. } => html! { <div class="wrong">{ explain(problem) }</div> },
        Entry::Ended { pid, status } => {
            html! { <p {class}><b>{ format!("{pid} ") }</b>{ &**status }</p> }
        }
        Entry::File { name, size } => {
            let size = view::figures::long_size(*size);
            html! { <p>{ format!("{name}, {size}, is on the disk") }</p> }
        }
    }
}

fn typed(class: &'static str, pid: Pid, text: &str) -> Html {
    html! { <p {class}><b>{ format!("{pid}> ") }</b>{ text }</p> }
}

/// A statement that was refused, and why, each problem at its place.
fn refused(class: &'static str, pid: Pid, text: &str, problems: &[Problem]) -> Html {
    let problem =
        |(key, problem): (usize, &Problem)| html! { <div {key}>{ explain(problem) }</div> };
    html! {
        <div>
            { typed(class, pid, text) }
            <div class="wrong" role="alert">{ for problems.iter().enumerate().map(problem) }</div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_is_what_is_completed() {
        assert_eq!(last_word("char *p = mma"), "mma");
        assert_eq!(last_word("mmap("), "");
        assert_eq!(last_word("é(PROT_R"), "PROT_R");
        assert_eq!(last_word("x = 0x12"), "");
        assert_eq!(last_word(""), "");
    }
}
