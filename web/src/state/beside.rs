//! A second machine beside the first, which keeps pace with it: another program, another machine, or an earlier run.

use session::{Costs, Preset};
use view::Scene;

use super::State;
use super::work::open_example;
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
    /// Its picture.
    pub picture: Picture,
    /// Both machines drawn, the first one first, in few lanes.
    pub drawings: [Shared<Drawing>; 2],
    /// Whether it has still to run to where the first one is.
    pub behind: bool,
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
                self.rival = rival;
                self.put_beside(lab);
                vec![]
            }
            Err(text) => self.update(Msg::Refused(text)),
        }
    }

    pub(super) fn put_beside(&mut self, lab: Lab) {
        self.dense = None;
        self.beside = Some(Beside {
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
        beside.behind = !beside.lab.keep_pace(&self.lab, SLICE, fine);
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
    // Time passes in sleeps alone.
    rows.filter(|(name, a, b, _)| *a + *b > 0 || !name.ends_with("nanoseconds"))
        .collect()
}
