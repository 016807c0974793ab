//! Through time: to the start, back, play, on; by statement or by command, and how fast.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::button::Button;
use crate::msg::Msg;
use crate::settings::{SPEEDS, Settings, speed_words};
use crate::state::Activity;

/// The transport.
pub fn transport(
    activity: Activity,
    can_back: bool,
    settings: &Settings,
    on: &Callback<Msg>,
) -> Html {
    let active = activity != Activity::Still;
    let (play, play_sign, play_name) = match active {
        true => (Msg::Stop, "❚❚", "Pause"),
        false => (Msg::Play, "▶", "Play"),
    };
    let speed = on.reform(|event: Event| {
        let value = event.target_unchecked_into::<HtmlSelectElement>().value();
        value.parse().map_or(Msg::Dismiss, Msg::Speed)
    });
    let fine = {
        let settings = settings.clone();
        on.reform(move |event: Event| {
            let value = event.target_unchecked_into::<HtmlSelectElement>().value();
            Msg::Set(Settings {
                fine: value != "statement",
                beats: value == "motion",
                ..settings.clone()
            })
        })
    };
    let option = |quarters: u32| {
        html! {
            <option key={quarters} value={quarters.to_string()} selected={quarters == settings.speed}>
                { speed_words(quarters) }
            </option>
        }
    };
    html! {
        <div class="transport" role="group" aria-label="Time">
            <div class="buttons">
                { Button { id: Some("start"), disabled: !can_back, ..Button::sign("⇤", "To the start") }.draw(Msg::Start, on) }
                { Button { id: Some("back"), disabled: !can_back, ..Button::sign("‹", "Step back") }.draw(Msg::Back, on) }
                { Button { id: Some("play"), class: Some("main"), ..Button::sign(play_sign, play_name) }.draw(play, on) }
                { Button { id: Some("step"), ..Button::sign("›", "Step") }.draw(Msg::Step, on) }
            </div>
            <div class="choices">
            <select aria-label="Length of a step" onchange={fine}>
                <option key="statement" value="statement" selected={!settings.fine}>{ "by statement" }</option>
                <option key="command" value="command" selected={settings.fine && !settings.beats}>{ "by command" }</option>
                <option key="motion" value="motion" selected={settings.beats}>{ "by motion" }</option>
            </select>
            <select aria-label="Speed" onchange={speed}>{ for SPEEDS.into_iter().map(option) }</select>
            </div>
        </div>
    }
}
