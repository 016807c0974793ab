//! The page: a Yew program that draws scenes and issues commands.
//!
//! [`app::App`] holds the [`state::State`], which a [`msg::Msg`] changes and whose
//! [`effect::Effect`]s it carries out. [`stage`] draws a [`view::Scene`]; [`motion`] puts a
//! [`view::Transition`] in time; [`components`] are the parts around the stage, [`mod@dense`] is all of RAM on a canvas.

pub mod animate;
pub mod app;
pub mod components;
pub mod dense;
pub mod effect;
pub mod examples;
pub mod highlight;
pub mod keys;
pub mod lab;
pub mod motion;
pub mod msg;
pub mod names;
pub mod rest;
pub mod settings;
pub mod shared;
pub mod stage;
pub mod state;
pub mod zoom;

pub use app::App;
