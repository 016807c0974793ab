//! The page's state and how messages change it: pure, with effects as values.
//!
//! [`State::update`] is the only way to change it. Nothing here touches the browser; what is to be
//! done there leaves as [`Effect`]s, which [`crate::app`] carries out after the page is drawn.

use std::collections::VecDeque;
use std::rc::Rc;

use session::Problem;
use view::{Charts, Dense, Pid, Scene};

use crate::effect::Effect;
use crate::lab::{Lab, Picture, speakers};
use crate::motion::Score;
use crate::msg::Msg;
use crate::settings::Settings;
use crate::shared::Shared;
use crate::stage::band::Band;
use crate::stage::{Drawing, Frame, Lane};

pub mod beside;
mod look;
mod time;
mod work;

use beside::Beside;
pub use work::Earlier;
use work::open_example;

/// Sentences kept in the log region.
const LOGGED: usize = 8;

/// What goes on by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Nothing.
    Still,
    /// Steps are played, one after the other.
    Playing,
    /// The program runs to its end, unseen.
    Running,
}

impl Activity {
    /// A word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Activity::Still => "still",
            Activity::Playing => "playing",
            Activity::Running => "running",
        }
    }
}

/// The part of the page that a small screen shows; a larger one shows all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Program, console and files.
    Program,
    /// The stage.
    Stage,
    /// The explanation, with what is selected and the figures.
    Why,
}

impl Part {
    /// All, in order.
    pub const ALL: [Part; 3] = [Part::Program, Part::Stage, Part::Why];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Part::Program => "Program",
            Part::Stage => "Stage",
            Part::Why => "Explanation",
        }
    }
}

/// A message to the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it says.
    pub text: String,
    /// Whether something went wrong.
    pub bad: bool,
}

/// What the page starts from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// What stands behind the `#` of the address.
    pub hash: String,
    /// The link of the work that was kept.
    pub kept: Option<String>,
    /// The page's address without its hash.
    pub address: String,
    /// The settings.
    pub settings: Settings,
    /// Whether a finger points.
    pub coarse: bool,
}

/// The page's state.
#[derive(Debug)]
pub struct State {
    /// The machine.
    pub lab: Lab,
    /// Its picture.
    pub picture: Picture,
    /// The scene before the last step, which is shown until the motions have brought the new one.
    pub former: Shared<Scene>,
    /// How many motions of the last steps are shown, in the middle of them.
    pub shown: Option<usize>,
    /// The picture drawn.
    pub drawing: Shared<Drawing>,
    /// The motions of the last step; none where motions are off or the step was not played.
    pub score: Option<Rc<Score>>,
    /// The program's text as edited.
    pub draft: String,
    /// What is wrong with the draft.
    pub problems: Vec<Problem>,
    /// The runs that were left for another program, the oldest first.
    pub earlier: Vec<Earlier>,
    /// What goes on.
    pub activity: Activity,
    /// What a small screen shows.
    pub part: Part,
    /// The process that the console speaks to.
    pub speaker: Pid,
    /// The lanes, and the room for them.
    pub frame: Frame,
    /// The part of the stage that is near; none while all of it is wanted.
    pub near_view: Option<Band>,
    /// Whether the tables are shown.
    pub tables: bool,
    /// Whether the charts are shown.
    pub charted: bool,
    /// All of RAM, while it is shown.
    pub dense: Option<Shared<Dense>>,
    /// The second machine, while it is shown.
    pub beside: Option<Beside>,
    /// The second machine, while the stage is shown in its place.
    aside: Option<Beside>,
    /// Which of the list stands beside the first; none for a program of its own.
    pub rival: Option<usize>,
    /// The bytes of frames of it that are near.
    pub near: Shared<Vec<(u32, Vec<u8>)>>,
    /// The charts that were taken last.
    pub charts: Shared<Charts>,
    /// The switches.
    pub settings: Settings,
    /// A message to the person.
    pub notice: Option<Notice>,
    /// The link that was shared last: what stands behind the `#`.
    pub link: String,
    /// The last steps in words, numbered.
    pub log: VecDeque<(u64, String)>,
    /// Whether files hover over the page.
    pub dragging: bool,
    address: String,
    logged: u64,
    slices: u32,
    /// What the charts are of: the process, the branch and its length.
    charts_of: Option<(Pid, Option<u32>, u64)>,
}

/// Whether a message leads to another moment, so that no step is half shown any more.
const fn moves_time(msg: &Msg) -> bool {
    use Msg as M;
    matches!(
        msg,
        M::Restart
            | M::Example(_)
            | M::Reset
            | M::Start
            | M::Seek(_)
            | M::GoTo(..)
            | M::Say(..)
            | M::Play
            | M::Tick
            | M::Run
            | M::Branch(_)
            | M::Address(_)
            | M::FileRead(..)
    )
}

impl State {
    /// The page as it opens, and what is to be done then.
    pub fn new(origin: Origin) -> (State, Vec<Effect>) {
        let kept = origin.kept.as_deref().unwrap_or_default();
        let hash = match origin.hash.as_str() {
            "" => kept,
            hash => hash,
        };
        let (first, second) = work::links(hash);
        let opened = (!first.is_empty()).then(|| Lab::from_link(first));
        let (lab, error) = match opened {
            Some(Ok(lab)) => (Some(lab), None),
            Some(Err(error)) if !origin.hash.is_empty() => (None, Some(error)),
            _ => (None, None),
        };
        let second = second.filter(|_| lab.is_some());
        let linked = lab.is_some();
        // What was kept is not lost for a link.
        let other = !origin.hash.is_empty() && kept != origin.hash;
        let kept = work::links(if other { kept } else { "" });
        let earlier = [Some(kept.0), kept.1].into_iter().flatten();
        let earlier = earlier.filter_map(Earlier::kept).collect();
        let lab = lab.unwrap_or_else(|| open_example(0, Vec::new()));
        let frame = Frame {
            width: 804,
            folded: vec![Lane::Whole],
            coarse: origin.coarse,
        };
        let dress = Effect::Dress(origin.settings.theme);
        let mut state = State {
            draft: lab.source().to_owned(),
            lab,
            picture: Picture::default(),
            former: Shared::default(),
            drawing: Shared::new(Drawing::new(&Scene::default(), &frame)),
            score: None,
            shown: None,
            problems: Vec::new(),
            earlier,
            activity: Activity::Still,
            part: Part::Stage,
            speaker: Pid(0),
            frame,
            near_view: Some(Band::around(0, 1200)),
            tables: false,
            charted: false,
            dense: None,
            beside: None,
            aside: None,
            rival: None,
            near: Shared::default(),
            charts: Shared::default(),
            settings: origin.settings,
            notice: error.map(|error| Notice {
                text: format!("{error} Here is the opening example instead."),
                bad: true,
            }),
            link: String::new(),
            log: VecDeque::new(),
            dragging: false,
            address: origin.address,
            logged: 0,
            slices: 0,
            charts_of: None,
        };
        match second {
            Some(second) => state.open_second(second),
            None => state.look(),
        }
        let mut effects = vec![dress];
        if linked {
            effects.extend(state.go_on());
        }
        (state, effects)
    }

    /// The whole address of the link that was shared last.
    pub fn shared_address(&self) -> String {
        format!("{}#{}", self.address, self.link)
    }

    /// Changes the state by a message; gives what the browser is to do.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        if matches!(
            msg,
            Msg::Step | Msg::Back | Msg::Seek(_) | Msg::Say(..) | Msg::Run
        ) {
            self.notice = None;
        }
        if moves_time(&msg) {
            self.shown = None;
        }
        let mut effects = match msg {
            Msg::Edit(text) => {
                let (draft, problems) = match self.beside.as_mut() {
                    Some(beside) if beside.in_editor => (&mut beside.draft, &mut beside.problems),
                    _ => (&mut self.draft, &mut self.problems),
                };
                *draft = text;
                problems.clear();
                vec![]
            }
            Msg::Restart if self.edited_beside().is_some() => self.second_machine(None),
            Msg::Restart => {
                let mut effects = self.load();
                effects.push(Effect::Rescue("program"));
                effects
            }
            Msg::Machine(preset) => self.machine(preset),
            Msg::SecondMachine(preset) => self.second_machine(Some(preset)),
            Msg::Example(number) => self.example(number),
            Msg::Reset => self.reset(),
            Msg::Earlier(number) => self.go_back_to(number),
            Msg::Say(pid, text) => self.say(pid, &text),
            Msg::Step if self.settings.beats => self.beat(true),
            Msg::Back if self.settings.beats => self.beat(false),
            Msg::Step => self.step(),
            Msg::Back if self.come_back() => vec![],
            Msg::Back => {
                self.lab.back(self.settings.fine);
                self.stand()
            }
            Msg::Start => {
                self.lab.seek(0, self.settings.fine);
                self.stand()
            }
            Msg::Seek(position) => {
                self.lab.seek(position, self.settings.fine);
                self.stand()
            }
            Msg::GoTo(what, forward) => self.go_to(what, forward),
            Msg::Beat(forward) => self.beat(forward),
            Msg::Shown(shown) => self.show(shown),
            Msg::Play => self.play(),
            Msg::Tick => self.tick(),
            Msg::Run => self.run_to_end(),
            Msg::Stop if self.activity == Activity::Playing => self.play(),
            Msg::Stop => self.stand(),
            Msg::Slice => self.slice(),
            Msg::Branch(id) => {
                self.lab.select_branch(id, self.settings.fine);
                self.stand()
            }
            Msg::Files(files) => self.read_files(files),
            Msg::FileRead(name, bytes) => self.add_file(&name, &bytes),
            Msg::Refused(text) => {
                self.tell(text, true);
                vec![]
            }
            Msg::Download(name) => self.download(name),
            Msg::Share => self.share(),
            Msg::Address(hash) => self.open_link(&hash),
            other => self.look_around(other),
        };
        effects.extend(self.follow());
        effects
    }

    /// Tells the person something; `bad` where something went wrong.
    pub(super) fn tell(&mut self, text: String, bad: bool) {
        self.notice = Some(Notice { text, bad });
    }

    pub(super) fn log_step(&mut self) {
        let explanation = &self.picture.explanation;
        let words = format!("{}: {}", explanation.steps(), explanation.headline);
        self.log_words(&words.replace('`', ""));
    }

    pub(super) fn log_words(&mut self, words: &str) {
        self.logged += 1;
        let words = words.to_owned();
        self.log.push_back((self.logged, words));
        while self.log.len() > LOGGED {
            self.log.pop_front();
        }
    }

    /// Takes the moment's picture and draws it.
    pub(super) fn look(&mut self) {
        let columns = u64::try_from(self.frame.width / 5).unwrap_or(100);
        self.picture = self.lab.picture(columns, self.shown);
        let scene = &self.picture.scene;
        if speakers(scene).all(|process| process.pid != self.speaker) {
            let running = scene.cpus.first().and_then(|cpu| cpu.running);
            let pids: Vec<Pid> = speakers(scene).map(|process| process.pid).collect();
            let running = running.filter(|pid| pids.contains(pid));
            self.speaker = running.or(pids.first().copied()).unwrap_or(Pid(0));
        }
        self.chart();
        self.look_beside();
        if self.dense.is_some() {
            self.dense = Some(Shared::new(self.lab.dense()));
        }
        self.redraw();
    }

    /// The part of the stage that is on the page; none where that is all.
    pub fn band(&self) -> Option<Band> {
        self.near_view.filter(|_| self.drawing.is_large())
    }

    pub(super) fn redraw(&mut self) {
        self.drawing = Shared::new(Drawing::new(&self.picture.scene, &self.frame));
    }
}
