//! Everything that can happen on the page, as one message.

use gloo::file::File;
use session::Preset;
use view::{CellId, Happening, Pid};

use crate::settings::Settings;
use crate::stage::Lane;
use crate::stage::band::Band;
use crate::state::Part;

/// Something happened.
#[derive(Clone, Debug)]
pub enum Msg {
    /// The text of the program in the editor was edited.
    Edit(String),
    /// The edited program is to be started afresh.
    Restart,
    /// An example was chosen, by its number.
    Example(usize),
    /// A clean slate: the opening example, and nothing kept.
    Reset,
    /// A run that was left was chosen, by its number.
    Earlier(usize),
    /// A statement was typed for a process.
    Say(Pid, String),
    /// One step on.
    Step,
    /// One step back.
    Back,
    /// To the first moment.
    Start,
    /// To a moment.
    Seek(u64),
    /// To the next (or the last) time that this happened to what is selected, or to anything.
    GoTo(Happening, bool),
    /// One motion of a command on, or back.
    Beat(bool),
    /// So many motions of the last steps are to be shown.
    Shown(usize),
    /// Play, or pause.
    Play,
    /// The next played step is due.
    Tick,
    /// The next part of the page is to show the step that was played.
    Turn,
    /// Run to the end.
    Run,
    /// Stop what runs.
    Stop,
    /// The next slice of running is due.
    Slice,
    /// To another branch.
    Branch(u32),
    /// Files were dropped or chosen.
    Files(Vec<File>),
    /// A file has been read.
    FileRead(String, Vec<u8>),
    /// Something could not be done; a sentence.
    Refused(String),
    /// A file is to be given to the person.
    Download(String),
    /// A link is wanted.
    Share,
    /// The address has another hash.
    Address(String),
    /// A small screen is to show this part of the page.
    Part(Part),
    /// The stage has another width.
    Resized(i32),
    /// Another part of the stage is near, or all of it is wanted.
    Near(Option<Band>),
    /// Something was selected.
    Select(Option<CellId>),
    /// Folded things are to be drawn: of what, from which number, how many.
    Open(CellId, u64, u64),
    /// A lane is folded or unfolded.
    FoldLane(Lane),
    /// The tables are shown or hidden.
    ToggleTables,
    /// The stage is wanted as a picture, of this kind: `svg` or `png`.
    Export(&'static str),
    /// All of RAM is shown, or the stage again.
    ToggleDense,
    /// A machine of the list of what can be compared stands beside this one.
    Compare(usize),
    /// A second machine is shown beside this one, or the stage again.
    ToggleCompare,
    /// The second machine goes on to where the first one is.
    Follow,
    /// The editor is to hold the first machine's program, or the second's.
    EditSecond(bool),
    /// The second machine starts afresh as another one.
    SecondMachine(Preset),
    /// The bytes of these frames are wanted.
    LookAt(Vec<u32>),
    /// The program starts afresh on another machine.
    Machine(Preset),
    /// The charts are shown or hidden.
    ToggleCharts,
    /// The keyboard's focus goes to an element.
    Focus(String),
    /// The keyboard's focus goes to the stage.
    FocusStage,
    /// The next theme.
    NextTheme,
    /// A speed, in quarters.
    Speed(u32),
    /// The settings changed.
    Set(Settings),
    /// A dialog is to be opened.
    Show(&'static str),
    /// The notice has been read.
    Dismiss,
    /// The page is left: keep the work.
    Leave,
    /// Files hover over the page, or no longer.
    Dragging(bool),
}
