//! The parts of the page around the stage. Each draws its properties and sends messages; none keeps a
//! rule of the machine.

pub mod button;
pub mod bytes;
pub mod charts;
pub mod compare;
pub mod console;
pub mod dialogs;
pub mod editor;
pub mod explanation;
pub mod figures;
pub mod files;
mod futures;
pub mod header;
pub mod inspector;
pub mod rich;
pub mod timeline;
pub mod transport;
