//! Plays a [`Score`] with the Web Animations API: nothing of it is in the page's styles, so a strict
//! content security policy allows it.

use js_sys::{Array, Function, Object, Reflect};
use view::{CellId, MotionKind};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element};

use crate::motion::{Course, Score};

/// The id of the element that a beat moves.
pub fn beat_id(number: usize) -> String {
    format!("beat-{number}")
}

/// The id of the accent on a thing.
pub fn accent_id(id: CellId) -> String {
    format!("accent-{id}")
}

/// The id of a cell as it was.
pub fn former_id(id: CellId) -> String {
    format!("former-{id}")
}

/// The id of the line that tells a motion in words.
pub fn story_id(number: usize) -> String {
    format!("story-{number}")
}

/// Plays the score at `speed` (1 is as written).
pub fn play(document: &Document, score: &Score, speed: f64) {
    for (number, beat) in score.beats.iter().enumerate() {
        let Some(element) = document.get_element_by_id(&beat_id(number)) else {
            continue;
        };
        let frames = match beat.course {
            Course::Travel { from, to } => frames(&[
                &[("opacity", "0"), ("transform", &translate(from.x, from.y))],
                &[("opacity", "1"), ("offset", "12")],
                &[("opacity", "1"), ("offset", "88")],
                &[("opacity", "0"), ("transform", &translate(to.x, to.y))],
            ]),
            Course::Pulse(_) => frames(&[
                &[("opacity", "0")],
                &[("opacity", "1"), ("offset", "25")],
                &[("opacity", "1"), ("offset", "60")],
                &[("opacity", "0")],
            ]),
            Course::Draw { .. } => frames(&[
                &[("opacity", "1"), ("strokeDashoffset", "1")],
                &[
                    ("opacity", "1"),
                    ("strokeDashoffset", "0"),
                    ("offset", "70"),
                ],
                &[("opacity", "0"), ("strokeDashoffset", "0")],
            ]),
        };
        animate(&element, &frames, beat.start, beat.length, speed, "none");
    }
    let appear = frames(&[&[("opacity", "0")], &[("opacity", "1")]]);
    for (id, when) in &score.arrivals {
        for id in [id.to_string(), accent_id(*id)] {
            if let Some(element) = document.get_element_by_id(&id) {
                animate(&element, &appear, *when, 80, speed, "backwards");
            }
        }
    }
    let stay = frames(&[&[("opacity", "1")], &[("opacity", "1")]]);
    for (id, when) in &score.arrivals {
        if let Some(element) = document.get_element_by_id(&former_id(*id)) {
            animate(&element, &stay, 0, *when, speed, "none");
        }
    }
    let mapped = score.beats.iter().find(|beat| beat.kind == MotionKind::Map);
    if let (Some(beat), Some(line)) = (mapped, document.get_element_by_id("translation")) {
        let when = beat.start + beat.length / 2;
        animate(&line, &appear, when, beat.length / 2, speed, "backwards");
    }
    let glow = frames(&[
        &[("backgroundColor", "var(--glow)")],
        &[("backgroundColor", "var(--glow)"), ("offset", "70")],
        &[("backgroundColor", "transparent")],
    ]);
    for (number, start) in score.starts.iter().enumerate() {
        if let Some(element) = document.get_element_by_id(&story_id(number)) {
            animate(&element, &glow, *start, 420, speed, "none");
        }
    }
}

fn translate(x: i32, y: i32) -> String {
    format!("translate({x}px, {y}px)")
}

/// Keyframes of style properties; `offset` is in hundredths.
fn frames(frames: &[&[(&str, &str)]]) -> Array {
    let object = |properties: &&[(&str, &str)]| {
        let object = Object::new();
        for (name, value) in *properties {
            let value = match value.parse::<u8>() {
                Ok(hundredths) if *name == "offset" => (f64::from(hundredths) / 100.0).into(),
                _ => JsValue::from_str(value),
            };
            set(&object, name, &value);
        }
        object
    };
    frames.iter().map(object).collect()
}

fn set(object: &Object, name: &str, value: &JsValue) {
    // Setting a property of a plain object cannot fail.
    let _ = Reflect::set(object, &name.into(), value);
}

/// `element.animate(frames, { delay, duration, fill, easing })`; nothing where the browser lacks it.
fn animate(
    element: &Element,
    frames: &Array,
    delay: u32,
    duration: u32,
    speed: f64,
    fill: &'static str,
) {
    let Ok(animate) = Reflect::get(element, &"animate".into()) else {
        return;
    };
    let Ok(animate) = animate.dyn_into::<Function>() else {
        return;
    };
    let options = Object::new();
    set(&options, "delay", &(f64::from(delay) / speed).into());
    set(&options, "duration", &(f64::from(duration) / speed).into());
    set(&options, "fill", &fill.into());
    set(&options, "easing", &"ease-in-out".into());
    // A refused animation leaves the picture as it is: still, and right.
    let _ = animate.call2(element, frames, &options);
}
