//! Through time: steps, play, and running in slices, so that the page stays usable and an endless loop can be stopped.

use std::rc::Rc;

use session::Progress;
use view::{CellId, Happening, Pid, Transition};

use super::{Activity, State};
use crate::components::compare::FIRST_NOW;
use crate::effect::Effect;
use crate::lab::Picture;
use crate::motion::Score;
use crate::msg::Msg;
use crate::stage::overlay;

/// Steps that are run before the browser has its turn.
const SLICE: u64 = 2000;
/// Slices that are run before the page shows where they led.
const UNSEEN: u32 = 8;
/// Between two played steps beyond their motions, in milliseconds at speed 1.
const PAUSE: u32 = 500;
/// For a letter of what is told of another kind of step than the last one, likewise.
const READING: u32 = 20;

impl State {
    pub(super) fn say(&mut self, pid: Pid, text: &str) -> Vec<Effect> {
        let mut effects = Vec::new();
        if !self.settle(&mut effects) {
            return effects;
        }
        if !self.lab.say(pid, text) {
            self.look();
            return effects;
        }
        self.say_beside(pid, text);
        effects.extend(self.go_on());
        effects
    }

    pub(super) fn step(&mut self) -> Vec<Effect> {
        let mut effects = vec![Effect::Cancel];
        self.activity = Activity::Still;
        if self.settle(&mut effects) {
            effects.extend(self.step_on());
        }
        effects
    }

    /// One motion on, or back: within the last step, or at the edge of the one beside it.
    pub(super) fn beat(&mut self, forward: bool) -> Vec<Effect> {
        self.activity = Activity::Still;
        let total = self.picture.transition.motions.len();
        let shown = self.shown.unwrap_or(total);
        match (forward, shown) {
            (true, shown) if shown < total => self.show(shown + 1),
            (false, shown) if shown > 1 => self.show(shown - 1),
            (false, _) => {
                self.shown = None;
                self.lab.back(true);
                self.stand()
            }
            (true, _) => {
                self.shown = None;
                let mut effects = vec![Effect::Cancel];
                if !self.settle(&mut effects) {
                    return effects;
                }
                if !self.lab.step(true) {
                    self.warn(Progress::Idle, false);
                    self.look();
                    return effects;
                }
                self.look();
                self.log_step();
                effects.extend(self.show(1));
                effects
            }
        }
    }

    /// The last steps when so many of their motions have happened; the last of these is played.
    pub(super) fn show(&mut self, shown: usize) -> Vec<Effect> {
        let motions = &self.picture.transition.motions;
        let motion = shown.checked_sub(1).and_then(|last| motions.get(last));
        let motion = motion.cloned();
        let total = motions.len();
        self.former = self.picture.scene.clone();
        self.shown = (shown < total).then_some(shown);
        self.score = None;
        self.look();
        let Some(motion) = motion else {
            return vec![];
        };
        let mut effects = self.reveal();
        effects.extend(self.reveal_thing(motion.to));
        effects.push(Effect::Play);
        self.log_words(&motion.words);
        if self.settings.motions {
            let motions = vec![motion];
            let mut score = Score::new(&Transition { motions }, &self.drawing, &self.picture.scene);
            score.starts.clear();
            self.score = Some(Rc::new(score));
        }
        effects
    }

    /// To where something happened.
    pub(super) fn go_to(&mut self, what: Happening, forward: bool) -> Vec<Effect> {
        if self.lab.go_to(what, forward, self.settings.fine) {
            self.notice = None;
            return self.stand();
        }
        let when = if forward { "later" } else { "earlier" };
        let of = self.picture.inspection.as_ref();
        let of = of.map_or_else(String::new, |it| format!(" of this: {}", it.title));
        let text = format!("There is no {when} {}{of}.", what.name());
        self.tell(text, false);
        vec![]
    }

    /// One step with its motions.
    pub(super) fn step_on(&mut self) -> Vec<Effect> {
        self.former = self.picture.scene.clone();
        if !self.lab.step(self.settings.fine) {
            if self.go_beyond(1) {
                self.score = None;
                return vec![];
            }
            self.activity = Activity::Still;
            self.warn(Progress::Idle, false);
            self.look();
            return vec![];
        }
        self.look();
        self.moved()
    }

    /// The motions of the step that was made.
    pub(super) fn moved(&mut self) -> Vec<Effect> {
        self.log_step();
        let Picture {
            scene, transition, ..
        } = &self.picture;
        let score = Score::new(transition, &self.drawing, scene);
        self.score = self.settings.motions.then(|| Rc::new(score));
        let mut effects = self.reveal();
        effects.push(Effect::Play);
        effects
    }

    /// What happened and the program's line that runs come into view.
    fn reveal(&self) -> Vec<Effect> {
        let accents = overlay::accents(self.picture.transition.motions.iter());
        let page = |id: &&CellId| matches!(id, CellId::Page { .. });
        let happened = accents.iter().find(page).or(accents.first());
        let scene = &self.picture.scene;
        let running = scene.cpus.first().and_then(|cpu| cpu.running);
        let process = running.and_then(|pid| scene.process(pid));
        let line = process.and_then(|process| process.line).unwrap_or(0);
        let happened = match self.beside {
            Some(_) => Some(Effect::Reveal(FIRST_NOW.to_owned())),
            None => happened.and_then(|id| self.reveal_thing(*id)),
        };
        let line = Effect::Reveal(format!("line-{line}"));
        happened.into_iter().chain([line]).collect()
    }

    /// A thing of the stage comes into view, where it is drawn.
    pub(super) fn reveal_thing(&self, id: CellId) -> Option<Effect> {
        self.drawing.place(id).map(Effect::RevealPlace)
    }

    pub(super) fn play(&mut self) -> Vec<Effect> {
        if self.activity == Activity::Playing {
            self.activity = Activity::Still;
            self.score = None;
            return vec![Effect::Cancel];
        }
        let mut effects = Vec::new();
        if self.settle(&mut effects) {
            self.activity = Activity::Playing;
            effects.push(Effect::Frame(Msg::Tick));
        }
        effects
    }

    pub(super) fn tick(&mut self) -> Vec<Effect> {
        if self.activity != Activity::Playing {
            return vec![];
        }
        let before = self.picture.explanation.kind.clone();
        let mut effects = self.step_on();
        if self.activity == Activity::Playing {
            let motions = self.score.as_ref().map_or(0, |score| score.length);
            let told = &self.picture.explanation;
            let new = told.kind != before;
            let letters = told.headline.len() + told.why.len();
            let reading = if new { letters as u32 * READING } else { 0 };
            let wait = reading.max(motions + PAUSE) * 4 / self.settings.speed.max(1);
            effects.push(Effect::After(wait, Msg::Tick));
        }
        effects
    }

    pub(super) fn run_to_end(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.settle(&mut effects) {
            self.lab.run_to_end();
            effects.extend(self.go_on());
        }
        effects
    }

    /// Runs to the lab's goal, a slice now and the others when the browser has had its turn.
    pub(super) fn go_on(&mut self) -> Vec<Effect> {
        self.former = self.picture.scene.clone();
        self.activity = Activity::Running;
        self.slice()
    }

    pub(super) fn slice(&mut self) -> Vec<Effect> {
        if self.activity != Activity::Running {
            return vec![];
        }
        let before = self.lab.position();
        let progress = self.lab.run(SLICE);
        if progress == Progress::More {
            self.score = None;
            self.slices += 1;
            if self.slices.is_multiple_of(UNSEEN) {
                self.look();
            }
            return vec![Effect::After(0, Msg::Slice)];
        }
        self.look();
        self.activity = Activity::Still;
        let both_end = self.lab.runs_to_end() && self.go_beyond(u64::MAX);
        self.warn(progress, both_end || self.lab.position() > before);
        let mut effects = self.moved();
        effects.push(self.keep());
        effects
    }

    /// Says why there is no step, and what a link lacks.
    fn warn(&mut self, progress: Progress, moved: bool) {
        let warning = match progress {
            Progress::Full => {
                Some("The history is as long as it may be: go back, or start afresh.".to_owned())
            }
            Progress::Idle if !moved => {
                Some("Nothing can go on: type a statement, or go back.".to_owned())
            }
            _ => self.lab.take_warning(),
        };
        if let Some(text) = warning {
            self.tell(text, false);
        }
    }

    /// Stops whatever goes on, and shows the moment without motion.
    pub(super) fn stand(&mut self) -> Vec<Effect> {
        self.activity = Activity::Still;
        self.score = None;
        self.look();
        self.log_step();
        let mut effects = self.reveal();
        effects.push(Effect::Cancel);
        effects
    }
}
