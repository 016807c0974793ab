//! What is looked at, and how: the stage, the switches, the dialogs. Nothing here changes the machine.

use super::{Part, State};
use crate::effect::Effect;
use crate::lab::Picture;
use crate::msg::Msg;
use crate::settings::{SPEEDS, Settings, Theme};
use crate::shared::Shared;
use crate::stage::shape::Target;

impl State {
    /// Messages that change what is looked at, and how, but not the machine.
    pub(super) fn look_around(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            // Where the stage is hidden it keeps its width.
            Msg::Resized(0) => {}
            Msg::Resized(width) => {
                self.frame.width = width.max(280);
                self.redraw();
                self.look_beside();
            }
            Msg::Near(band) => self.near_view = band,
            Msg::Part(part) => self.part = part,
            Msg::Select(id) => {
                self.lab.select(id);
                self.look();
                self.score = None;
                // It may have been chosen where the whole space is drawn: its card comes into view.
                let effect = match id {
                    Some(id) => self.reveal_thing(id),
                    None => Some(Effect::Rescue("to-charts")),
                };
                return effect.into_iter().collect();
            }
            Msg::Open(of, first, count) => {
                let known: Vec<Target> = self.targets().collect();
                let most = count.min(512);
                self.lab
                    .focus
                    .opened
                    .push((of, first..first.saturating_add(most)));
                self.look();
                // What was folded goes, and with it the focus: to the first of what it held.
                let mut pairs = self.targets().zip(known);
                let new = pairs.find(|(target, known)| target != known);
                return new
                    .map(|(new, _)| Effect::Focus(new.to_string()))
                    .into_iter()
                    .collect();
            }
            Msg::FoldLane(lane) => {
                let folded = &mut self.frame.folded;
                match folded.iter().position(|known| *known == lane) {
                    Some(at) => drop(folded.remove(at)),
                    None => folded.push(lane),
                }
                self.redraw();
                // A lane that appears is seen.
                let mut lanes = self.drawing.lanes.iter();
                let first = lanes
                    .find(|drawn| drawn.lane == lane)
                    .and_then(|drawn| drawn.items().next());
                return first
                    .map(|item| Effect::RevealPlace(item.rect))
                    .into_iter()
                    .collect();
            }
            Msg::Export(kind) => return vec![Effect::Export(kind)],
            Msg::ToggleDense => {
                let dense = self.dense.is_none().then(|| Shared::new(self.lab.dense()));
                self.dense = dense;
                self.part = Part::Stage;
                self.near = Shared::default();
                self.aside = self.beside.take().or(self.aside.take());
                let shown = self.dense.is_some();
                return vec![Effect::Rescue(if shown { "to-stage" } else { "to-dense" })];
            }
            Msg::Compare(rival) => return self.compare_with(rival),
            Msg::ToggleCompare if self.beside.is_some() => {
                self.aside = self.beside.take();
                return vec![Effect::Rescue("to-compare")];
            }
            Msg::ToggleCompare => {
                self.part = Part::Stage;
                let mut effects = self.compare();
                effects.push(Effect::Rescue("to-stage"));
                return effects;
            }
            Msg::EditSecond(second) => {
                if let Some(beside) = &mut self.beside {
                    beside.in_editor = second;
                }
                self.part = Part::Program;
                return vec![Effect::Focus("program".to_owned())];
            }
            // The page alone takes turns.
            Msg::Turn => {}
            Msg::Follow => self.look(),
            Msg::LookAt(frames) => self.near = Shared::new(self.lab.frames(&frames)),
            Msg::ToggleCharts => {
                self.charted = !self.charted;
                self.part = Part::Why;
                self.chart();
                return vec![Effect::Rescue("to-charts")];
            }
            Msg::ToggleTables => {
                self.tables = !self.tables;
                self.part = Part::Stage;
                if self.tables {
                    return vec![Effect::Focus("tables".to_owned())];
                }
            }
            Msg::Focus(id) => {
                match id.as_str() {
                    "program" | "statement" => self.part = Part::Program,
                    "action-0" => self.part = Part::Stage,
                    _ => {}
                }
                return vec![Effect::Focus(id)];
            }
            Msg::FocusStage => {
                self.part = Part::Stage;
                let first = self.targets().next();
                return first
                    .map(|first| Effect::Focus(first.to_string()))
                    .into_iter()
                    .collect();
            }
            Msg::NextTheme => {
                let theme = self.settings.theme.next();
                return self.set(Settings {
                    theme,
                    ..self.settings.clone()
                });
            }
            Msg::Speed(speed) if SPEEDS.contains(&speed) => {
                return self.set(Settings {
                    speed,
                    ..self.settings.clone()
                });
            }
            Msg::Set(settings) => return self.set(settings),
            Msg::Show(dialog) => return vec![Effect::Show(dialog)],
            Msg::Dismiss => {
                self.notice = None;
                return vec![Effect::Rescue("step")];
            }
            Msg::Dragging(dragging) => self.dragging = dragging,
            Msg::Leave => return vec![self.keep()],
            _ => {}
        }
        vec![]
    }

    /// What the stage shows that can be pointed at.
    fn targets(&self) -> impl Iterator<Item = Target> {
        let items = self.drawing.lanes.iter().flat_map(|lane| lane.items());
        items.map(|item| item.target)
    }

    /// Takes the charts anew, where they are shown and would be others.
    pub(super) fn chart(&mut self) {
        let Picture {
            scene, timeline, ..
        } = &self.picture;
        let branch = timeline.branches.iter().find(|branch| branch.current);
        let pid = scene.focused().unwrap_or_default();
        let of = (pid, branch.map(|branch| branch.id), timeline.length);
        if self.charted && self.charts_of != Some(of) {
            self.charts = Shared::new(self.lab.charts(pid));
            self.charts_of = Some(of);
        }
    }

    pub(super) fn set(&mut self, settings: Settings) -> Vec<Effect> {
        let theme: Theme = settings.theme;
        if !settings.motions {
            self.score = None;
        }
        self.settings = settings;
        vec![
            Effect::Dress(theme),
            Effect::Keep("mmap-lab.settings", self.settings.write()),
        ]
    }
}
