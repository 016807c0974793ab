//! The page as a component: it holds the state, draws it, and carries out its effects.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use view::Pid;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::ResizeObserver;
use yew::prelude::*;

use crate::animate;
use crate::components::button::Button;
use crate::components::charts::ChartTable;
use crate::components::compare::compare;
use crate::components::console::Console;
use crate::components::dialogs::{self, share};
use crate::components::editor::{Editor, Stand};
use crate::components::explanation::Why;
use crate::components::figures::figures;
use crate::components::files::files;
use crate::components::header::{header, parts};
use crate::components::inspector::inspector;
use crate::components::timeline::TimelineBar;
use crate::components::transport::transport;
use crate::dense::DenseMap;
use crate::effect::{self, Effect, Effects};
use crate::keys::{self, Place};
use crate::lab;
use crate::msg::Msg;
use crate::settings::Settings;
use crate::stage::process_class;
use crate::stage::view::Stage;
use crate::state::beside::Beside;
use crate::state::{Activity, Origin, State};

/// The whole page.
pub struct App {
    state: State,
    effects: Effects,
    waiting: Vec<Effect>,
    on: Callback<Msg>,
    stage: NodeRef,
    listeners: Vec<EventListener>,
    keyboard: Rc<RefCell<(Activity, Settings)>>,
    observer: Option<(ResizeObserver, Closure<dyn FnMut()>)>,
    /// Which part of the page has its turn, from 1 to the stage's; 0 before the first one, [`ALL`] where all are to be drawn
    /// at once.
    turn: usize,
    /// The parts as they were drawn last.
    parts: RefCell<[Html; 5]>,
}

/// A played step changes the page a part after the other, each in a frame of its own, so that no frame takes long: what is
/// told of it, then the program and the numbers, then the stage, which moves.
const TURNS: usize = 3;
/// No turns: whoever acts sees all of it at once.
const ALL: usize = TURNS + 1;

impl Component for App {
    type Message = Msg;
    type Properties = ();

    fn create(ctx: &Context<App>) -> App {
        let mut settings = Settings::new(effect::media("(prefers-reduced-motion: reduce)"));
        if let Some(kept) = effect::kept("mmap-lab.settings") {
            settings.read(&kept);
        }
        let keyboard = Rc::new(RefCell::new((Activity::Still, settings.clone())));
        let (state, waiting) = State::new(Origin {
            hash: effect::hash(),
            kept: effect::kept("mmap-lab.work"),
            address: effect::page_address(),
            settings,
            coarse: effect::media("(pointer: coarse)"),
        });
        App {
            state,
            effects: Effects::default(),
            waiting,
            on: ctx.link().callback(|msg| msg),
            stage: NodeRef::default(),
            listeners: Vec::new(),
            observer: None,
            keyboard,
            turn: ALL,
            parts: RefCell::default(),
        }
    }

    fn update(&mut self, _: &Context<App>, msg: Msg) -> bool {
        let same = match &msg {
            Msg::Dragging(dragging) => *dragging == self.state.dragging,
            Msg::Near(band) => *band == self.state.near_view,
            _ => false,
        };
        if same {
            return false;
        }
        let done = self.turn >= TURNS;
        let near = matches!(msg, Msg::Near(_));
        self.turn = match msg {
            Msg::Turn if done => return false,
            Msg::Turn => self.turn + 1,
            Msg::Tick if done => 0,
            // What is near changes the stage alone.
            Msg::Near(_) => self.turn,
            _ => ALL,
        };
        for effect in self.state.update(msg) {
            match effect {
                Effect::After(..) | Effect::Cancel => self.effects.run(effect, &self.on),
                effect => self.waiting.push(effect),
            }
        }
        if near {
            return done && self.state.drawing.is_large();
        }
        // Where it ends all is there at once.
        if self.state.activity != Activity::Playing {
            self.turn = ALL;
        }
        if self.turn < TURNS {
            self.effects.run(Effect::Frame(Msg::Turn), &self.on);
        }
        *self.keyboard.borrow_mut() = (self.state.activity, self.state.settings.clone());
        self.turn > 0
    }

    fn view(&self, _: &Context<App>) -> Html {
        let dragging = |dragging: bool| {
            self.on.reform(move |event: DragEvent| {
                event.prevent_default();
                Msg::Dragging(dragging)
            })
        };
        let ondrop = self.on.reform(|event: DragEvent| {
            event.prevent_default();
            let list = event.data_transfer().and_then(|data| data.files());
            Msg::Files(list.map_or_else(Vec::new, |list| gloo::file::FileList::from(list).to_vec()))
        });
        let ondragleave = self
            .on
            .reform(|event: DragEvent| Msg::Dragging(event.related_target().is_some()));
        html! {
            <div class={classes!("page", self.state.dragging.then_some("dropping"))} data-activity={self.state.activity.word()} data-part={self.state.part.name()} {ondrop} {ondragleave}
                ondragover={dragging(true)}>
                { header(&self.state, &self.on) }
                { parts(self.state.part, &self.on) }
                <main>
                    { self.part(0, 2, || self.left()) }
                    { self.part(1, 3, || self.center()) }
                    { self.part(2, 1, || self.right()) }
                </main>
                { self.part(3, 2, || self.footer()) }
                { self.notice() }
                { share(self.state.shared_address(), self.state.picture.timeline.length, &self.on) }
                { dialogs::keys(&self.state.settings, &self.on) }
                { self.part(4, 2, || self.log()) }
            </div>
        }
    }

    fn rendered(&mut self, ctx: &Context<App>, first: bool) {
        if first {
            self.listen(ctx);
        }
        if self.turn < TURNS {
            return;
        }
        self.turn = TURNS;
        for effect in std::mem::take(&mut self.waiting) {
            match (effect, &self.state.score) {
                (Effect::Play, Some(score)) => {
                    let speed = f64::from(self.state.settings.speed) / 4.0;
                    animate::play(&gloo::utils::document(), score, speed);
                }
                (effect, _) => self.effects.run(effect, &self.on),
            }
        }
    }
}

impl App {
    /// A part of the page: drawn when it has its turn, else as it was.
    fn part(&self, place: usize, turn: usize, draw: impl FnOnce() -> Html) -> Html {
        let mut parts = self.parts.borrow_mut();
        let Some(part) = parts.get_mut(place) else {
            return draw();
        };
        if [turn, ALL].contains(&self.turn) {
            *part = draw();
        }
        part.clone()
    }

    fn left(&self) -> Html {
        let State { lab, picture, .. } = &self.state;
        let on = &self.on;
        let scene = &picture.scene;
        let stand = |process: &view::ProcessView| {
            Some(Stand {
                pid: process.pid.to_string(),
                class: process_class(process.ordinal),
                line: process.line?,
            })
        };
        let second = self.state.beside.as_ref();
        let edited = second.filter(|beside| beside.in_editor);
        let (text, of, problems, processes) = match edited {
            Some(Beside {
                lab,
                draft,
                problems,
                picture,
                ..
            }) => (draft, lab, problems, &picture.scene.processes),
            None => (
                &self.state.draft,
                lab,
                &self.state.problems,
                &scene.processes,
            ),
        };
        let stands: Vec<Stand> = processes.iter().filter_map(stand).collect();
        let speaker = |process: &view::ProcessView| (process.pid, process_class(process.ordinal));
        let speakers: Vec<(Pid, &'static str)> = lab::speakers(scene).map(speaker).collect();
        html! {
            <section class="left" aria-label="Program and console">
                <Editor text={text.clone()} edited={text != of.source()} {stands} problems={problems.clone()}
                    second={second.map(|beside| beside.in_editor)} activity={self.state.activity} on={on.clone()} />
                <Console lines={lab.transcript()} {speakers} speaker={self.state.speaker} names={Rc::new(lab.names(self.state.speaker))} on={on.clone()} />
                { files(&scene.files, on) }
            </section>
        }
    }

    fn center(&self) -> Html {
        let State { lab, picture, .. } = &self.state;
        let on = &self.on;
        html! {
            <div class="center" ref={self.stage.clone()}>
                { for self.state.dense.iter().map(|dense| html! {
                    <DenseMap key="dense" dense={dense.clone()} bytes={self.state.near.clone()} theme={self.state.settings.theme.word()}
                        width={self.state.frame.width} on={on.clone()} />
                }) }
                { for self.state.beside.iter().map(|beside| html! { <div key="compare" class="stage-room">{ compare(&self.state, beside, on) }</div> }) }
                <div key="stage" class="stage-room" hidden={self.state.dense.is_some() || self.state.beside.is_some()}>
                <Stage scene={picture.scene.clone()} former={self.state.former.clone()} transition={picture.transition.clone()} drawing={self.state.drawing.clone()} band={self.state.band()}
                    score={self.state.score.clone()} selected={lab.focus.selected} shown={self.state.shown} actions={picture.actions.clone()}
                    folded={self.state.frame.folded.clone()} tables={self.state.tables} on={on.clone()} />
                </div>
            </div>
        }
    }

    fn right(&self) -> Html {
        let State { picture, .. } = &self.state;
        let on = &self.on;
        html! {
            <section class="right" aria-label="Explanation" tabindex="0">
                <div class="charted" key="charts">{ self.charts() }</div>
                <div class="inspected" key="inspected">
                    { for picture.inspection.iter().map(|inspection| inspector(inspection, on)) }
                </div>
                <Why key="why" explanation={picture.explanation.clone()} transition={picture.transition.clone()}
                    expert={self.state.settings.expert} shown={self.state.shown} on={on.clone()} />
            </section>
        }
    }

    fn charts(&self) -> Html {
        let State {
            lab,
            picture,
            charts,
            charted,
            ..
        } = &self.state;
        if !charted {
            return html! {};
        }
        html! {
            <ChartTable charts={charts.clone()} scene={picture.scene.clone()} position={lab.position()} on={self.on.clone()} />
        }
    }

    fn footer(&self) -> Html {
        let State { lab, picture, .. } = &self.state;
        html! {
            <footer>
                { transport(self.state.activity, lab.position() > 0, &self.state.settings, &self.on) }
                <TimelineBar timeline={picture.timeline.clone()} words={picture.explanation.headline.clone()}
                    width={self.state.frame.width} on={self.on.clone()} />
                { figures(&picture.scene, self.state.charted, &self.on) }
            </footer>
        }
    }

    fn notice(&self) -> Html {
        let notice = self.state.notice.clone();
        let class = classes!(
            "notice",
            notice
                .as_ref()
                .is_some_and(|notice| notice.bad)
                .then_some("bad")
        );
        html! {
            <div {class} role="alert" hidden={notice.is_none()}>
                <p>{ notice.map(|notice| notice.text).unwrap_or_default() }</p>
                { Button::cross("Dismiss").draw(Msg::Dismiss, &self.on) }
            </div>
        }
    }

    /// The steps in words, for those who listen.
    fn log(&self) -> Html {
        let line = |(key, words): &(u64, String)| html! { <p key={*key}>{ words }</p> };
        html! {
            <div class="unseen" role="log" aria-live="polite" aria-label="Steps">{ for self.state.log.iter().map(line) }</div>
        }
    }

    fn listen(&mut self, ctx: &Context<App>) {
        let window = gloo::utils::window();
        let link = ctx.link().clone();
        self.listeners
            .push(EventListener::new(&window, "hashchange", move |_| {
                link.send_message(Msg::Address(effect::hash()));
            }));
        let link = ctx.link().clone();
        let passive = EventListenerOptions::default();
        self.listeners.push(EventListener::new_with_options(
            &window,
            "pagehide",
            passive,
            move |_| {
                link.send_message(Msg::Leave);
            },
        ));
        // Of a large stage what is near is on the page: all of it, when it is printed or taken as a picture.
        for (event, whole) in [
            ("scroll", false),
            ("resize", false),
            ("beforeprint", true),
            ("afterprint", false),
        ] {
            let link = ctx.link().clone();
            let options = EventListenerOptions::run_in_capture_phase();
            let near = move |_: &Event| {
                link.send_message(Msg::Near(effect::band().filter(|_| !whole)));
            };
            self.listeners.push(EventListener::new_with_options(
                &window, event, options, near,
            ));
        }
        let (link, keyboard) = (ctx.link().clone(), Rc::clone(&self.keyboard));
        let taking = EventListenerOptions::enable_prevent_default();
        self.listeners.push(EventListener::new_with_options(
            &window,
            "keydown",
            taking,
            move |event| {
                let (activity, settings) = &*keyboard.borrow();
                if let Some(msg) = message(event, *activity, settings) {
                    event.prevent_default();
                    link.send_message(msg);
                }
            },
        ));
        let Some(stage) = self.stage.cast::<web_sys::Element>() else {
            return;
        };
        let link = ctx.link().clone();
        let measured = stage.clone();
        let measure = Closure::<dyn FnMut()>::new(move || {
            link.send_message(Msg::Resized(measured.client_width()));
        });
        if let Ok(observer) = ResizeObserver::new(measure.as_ref().unchecked_ref()) {
            observer.observe(&stage);
            self.observer = Some((observer, measure));
        }
    }
}

/// What a key that was pressed means to the page.
fn message(event: &Event, activity: Activity, settings: &Settings) -> Option<Msg> {
    let event: &KeyboardEvent = event.dyn_ref()?;
    if event.key() == "Escape" {
        close_words();
    }
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return None;
    }
    keys::message(&event.key(), place(event), activity, settings)
}

/// Closes the words of the glossary that are open.
fn close_words() {
    let open = gloo::utils::document().query_selector("details.term[open]");
    if let Ok(Some(open)) = open {
        // An attribute that is not there is as good as removed.
        let _ = open.remove_attribute("open");
    }
}

/// Where the focus is.
fn place(event: &KeyboardEvent) -> Place {
    let element = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let within = |selector: &str| {
        let found = element.as_ref().map(|element| element.closest(selector));
        matches!(found, Some(Ok(Some(_))))
    };
    if within("input:not([type=range]):not([type=checkbox]), textarea, select, dialog[open]") {
        Place::Text
    } else if within("button, summary, a, input, [role=gridcell]") {
        Place::Control
    } else {
        Place::Page
    }
}
