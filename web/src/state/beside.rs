//! A second machine beside the first, which keeps pace with it: another program, another machine, or an earlier run.

use session::{Costs, Preset, Problem};
use view::{Pid, Scene};

use super::work::{Earlier, open_example};
use super::{Activity, Part, State};
use crate::effect::Effect;
use crate::examples::{EXAMPLES, name_of};
use crate::lab::{Lab, Picture};
use crate::msg::Msg;
use crate::settings::Settings;
use crate::shared::Shared;
use crate::stage::{Drawing, Frame, Lane};

/// Steps that the second machine makes at once.
const SLICE: u64 = 20_000;
/// The costs stand beside both machines from this width on, in CSS pixels, and take so much of it.
const COSTS_BESIDE: (i32, i32) = (720, 236);
/// The machines stand beside each other from this width on.
const BOTH_BESIDE: i32 = 500;

/// The second machine.
#[derive(Debug)]
pub struct Beside {
    /// The machine.
    pub lab: Lab,
    /// Its program's text as edited.
    pub draft: String,
    /// What is wrong with the draft.
    pub problems: Vec<Problem>,
    /// Whether the editor holds its program; else it holds the first one's.
    pub in_editor: bool,
    /// Its picture.
    pub picture: Picture,
    /// Both machines drawn, the first one first, in few lanes.
    pub drawings: [Shared<Drawing>; 2],
    /// Whether it has still to run to where the first one is.
    pub behind: bool,
    /// Statements that it has gone on alone since the first one could not.
    beyond: u64,
    /// Where the first one was, and how far this one was to be beyond it, when it was brought there.
    pub(super) at: Option<(u64, u64)>,
    /// Whether it is on the way to where its link leads.
    linked: bool,
}

/// What the first machine can be compared with, in the order of the list: the same on the other machine, each example,
/// and each run that was left.
pub fn rivals(state: &State) -> Vec<String> {
    let mut names = vec![format!("the same with {}", ram(other(state.lab.preset())))];
    names.extend(EXAMPLES.iter().map(|example| example.name.to_owned()));
    let runs = state.earlier.iter();
    names.extend(runs.map(|run| {
        format!(
            "before: {}, {} steps",
            name_of(run.lab.source()),
            run.lab.steps()
        )
    }));
    names
}

/// A machine in words.
pub const fn ram(preset: Preset) -> &'static str {
    match preset {
        Preset::Classroom => "1 MiB of RAM",
        Preset::Linux => "4 GiB of RAM",
    }
}

const fn other(preset: Preset) -> Preset {
    match preset {
        Preset::Classroom => Preset::Linux,
        Preset::Linux => Preset::Classroom,
    }
}

impl State {
    /// Puts a machine of the list beside the first, or another one than there is.
    pub(super) fn compare_with(&mut self, rival: usize) -> Vec<Effect> {
        let run = rival.checked_sub(EXAMPLES.len() + 1);
        let run = run.and_then(|run| self.earlier.get(run));
        let lab = match (rival, run) {
            (0, _) => self.lab.on(other(self.lab.preset())),
            (_, Some(run)) => Lab::from_link(&run.lab.link()),
            _ => Ok(open_example(rival - 1, self.lab.given_files())),
        };
        match lab {
            Ok(lab) => {
                self.leave_beside();
                self.rival = Some(rival);
                self.put_beside(lab, false);
                vec![]
            }
            Err(text) => {
                self.tell(text, true);
                vec![]
            }
        }
    }

    /// Shows the second machine again as it was left, or the first one of the list.
    pub(super) fn compare(&mut self) -> Vec<Effect> {
        if self.rival == Some(0) || self.aside.is_none() {
            return self.compare_with(0);
        }
        self.dense = None;
        self.beside = self.aside.take();
        self.look();
        vec![]
    }

    /// A program of one's own is not lost for another one: the list of runs leads back to it.
    pub(super) fn leave_beside(&mut self) {
        let left = self.beside.take().or(self.aside.take());
        let own = |beside: &Beside| self.rival.is_none() || beside.draft != beside.lab.source();
        if let Some(Beside { lab, draft, .. }) = left.filter(own) {
            self.remember(Earlier { lab, draft });
        }
    }

    /// Puts a machine beside the first, which keeps its pace from now on, or goes first to where its link leads.
    pub(super) fn put_beside(&mut self, lab: Lab, linked: bool) {
        self.dense = None;
        self.beside = Some(Beside {
            draft: lab.source().to_owned(),
            problems: Vec::new(),
            in_editor: false,
            beyond: 0,
            at: None,
            linked,
            lab,
            picture: Picture::default(),
            drawings: [
                Drawing::new(&Scene::default(), &self.frame),
                Drawing::new(&Scene::default(), &self.frame),
            ]
            .map(Shared::new),
            behind: false,
        });
        self.look();
    }

    /// Brings the second machine to where the first one is, and draws both.
    pub(super) fn look_beside(&mut self) {
        let Some(beside) = &mut self.beside else {
            return;
        };
        let Settings { fine, .. } = self.settings;
        if beside.linked {
            if self.activity == Activity::Still {
                beside.lab.run(SLICE);
                beside.linked = beside.lab.destination().is_some();
            }
            beside.behind = beside.linked;
            beside.beyond = beside.lab.statements_beyond(&self.lab);
            beside.at = Some((self.lab.position(), beside.beyond));
        } else {
            let position = self.lab.position();
            if beside.at.is_none_or(|(first, _)| first != position) {
                beside.beyond = 0;
            }
            let at = Some((position, beside.beyond));
            if beside.behind || beside.at != at {
                beside.behind = !beside.lab.keep_pace(&self.lab, beside.beyond, SLICE, fine);
                beside.at = at;
            }
        }
        beside.picture = beside.lab.picture(1, None);
        let width = match self.frame.width {
            width if width >= COSTS_BESIDE.0 => (width - COSTS_BESIDE.1) / 2,
            width if width >= BOTH_BESIDE => width / 2,
            width => width,
        };
        let frame = Frame {
            width,
            folded: vec![Lane::Whole, Lane::Cpu, Lane::Table],
            coarse: self.frame.coarse,
        };
        let scenes = [&self.picture.scene, &beside.picture.scene];
        beside.drawings = scenes.map(|scene| Shared::new(Drawing::new(scene, &frame)));
    }

    /// The second machine goes on alone by so many statements, when the first one cannot; whether it could.
    pub(super) fn go_beyond(&mut self, statements: u64) -> bool {
        let Some(beside) = &mut self.beside else {
            return false;
        };
        let before = beside.lab.position();
        beside.beyond = beside.beyond.saturating_add(statements);
        self.look();
        let beside = self.beside.as_ref();
        beside.is_some_and(|beside| beside.behind || beside.lab.position() > before)
    }

    /// The second machine goes back by a statement that it did alone; whether there was one.
    pub(super) fn come_back(&mut self) -> bool {
        let Some(beside) = &mut self.beside else {
            return false;
        };
        let beyond = beside.beyond.min(beside.lab.statements_beyond(&self.lab));
        let Some(less) = beyond.checked_sub(1) else {
            return false;
        };
        beside.beyond = less;
        self.look();
        true
    }

    /// What is said to the first machine is said to the second as well.
    pub(super) fn say_beside(&mut self, pid: Pid, text: &str) {
        let Some(beside) = &mut self.beside else {
            return;
        };
        if let Some(problem) = beside.lab.say_or_tell(pid, text) {
            let text = format!("The second machine did not take this: {problem}");
            self.tell(text, false);
        }
    }

    /// Starts the second machine's draft from its beginning; whether it could be.
    pub(super) fn load_beside(&mut self, preset: Option<Preset>) -> bool {
        let Some(beside) = &mut self.beside else {
            return true;
        };
        let preset = preset.unwrap_or(beside.lab.preset());
        match Lab::new(&beside.draft, beside.lab.given_files(), preset) {
            Ok(lab) => {
                beside.lab = lab;
                beside.problems.clear();
                (beside.linked, beside.at) = (false, None);
                self.rival = None;
                self.look();
                true
            }
            Err(problems) => {
                beside.problems = problems;
                beside.in_editor = true;
                self.part = Part::Program;
                false
            }
        }
    }

    /// Starts the second machine's draft, if it was edited; whether the machine stands on it.
    pub(super) fn settle_beside(&mut self) -> bool {
        let edited = |beside: &Beside| beside.draft != beside.lab.source();
        !self.beside.as_ref().is_some_and(edited) || self.load_beside(None)
    }

    /// The second machine, if the editor holds its program.
    pub(super) fn edited_beside(&mut self) -> Option<&mut Beside> {
        self.beside.as_mut().filter(|beside| beside.in_editor)
    }

    /// The second machine's further way, when nothing else goes on.
    pub(super) fn follow(&self) -> Option<Effect> {
        let behind = self.beside.as_ref().is_some_and(|beside| beside.behind);
        (behind && self.activity == super::Activity::Still).then_some(Effect::After(0, Msg::Follow))
    }
}

/// The costs of two machines: the name, both, and how much more the second one's is.
pub fn costs(first: &Costs, second: &Costs) -> Vec<(&'static str, u64, u64, i128)> {
    let pairs = first.rows().into_iter().zip(second.rows());
    let rows = pairs.map(|((name, a), (_, b))| (name, a, b, i128::from(b) - i128::from(a)));
    // What takes how long is not modelled: time passes in sleeps alone.
    rows.filter(|(name, ..)| !name.ends_with("nanoseconds"))
        .collect()
}
