//! Through time: steps, play, and running in slices, so that the page stays usable and an endless loop can be stopped.

use std::rc::Rc;

use view::Pid;

use super::{Activity, State};
use crate::effect::Effect;
use crate::lab::{Picture, Progress};
use crate::motion::Score;
use crate::msg::Msg;

/// Steps that are run before the browser has its turn.
const SLICE: u64 = 400;
/// Between two played steps beyond their motions, in milliseconds at speed 1.
const PAUSE: u32 = 500;

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
        effects.extend(self.run());
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

    /// One step with its motions.
    pub(super) fn step_on(&mut self) -> Vec<Effect> {
        if !self.lab.step(self.settings.fine) {
            self.activity = Activity::Still;
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
        self.score = self
            .settings
            .motions
            .then(|| Rc::new(Score::new(transition, &self.drawing, scene)));
        vec![Effect::Play]
    }

    pub(super) fn play(&mut self) -> Vec<Effect> {
        if self.activity == Activity::Playing {
            return self.stand();
        }
        let mut effects = Vec::new();
        if self.settle(&mut effects) {
            self.activity = Activity::Playing;
            effects.extend(self.tick());
        }
        effects
    }

    pub(super) fn tick(&mut self) -> Vec<Effect> {
        if self.activity != Activity::Playing {
            return vec![];
        }
        let mut effects = self.step_on();
        if self.activity == Activity::Playing {
            let motions = self.score.as_ref().map_or(0, |score| score.length);
            let wait = (motions + PAUSE) * 4 / self.settings.speed.max(1);
            effects.push(Effect::After(wait, Msg::Tick));
        }
        effects
    }

    pub(super) fn run(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.settle(&mut effects) {
            self.activity = Activity::Running;
            effects.extend(self.slice());
        }
        effects
    }

    pub(super) fn slice(&mut self) -> Vec<Effect> {
        if self.activity != Activity::Running {
            return vec![];
        }
        let progress = self.lab.run(SLICE);
        self.look();
        match progress {
            Progress::More => {
                self.score = None;
                vec![Effect::After(0, Msg::Slice)]
            }
            Progress::Done => {
                self.activity = Activity::Still;
                let mut effects = self.moved();
                effects.push(self.keep());
                effects
            }
        }
    }

    /// Stops whatever goes on, and shows the moment without motion.
    pub(super) fn stand(&mut self) -> Vec<Effect> {
        self.activity = Activity::Still;
        self.score = None;
        self.look();
        self.log_step();
        vec![Effect::Cancel]
    }
}
