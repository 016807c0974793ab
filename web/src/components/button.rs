//! A button that sends a message: the one shape of all that say nothing else.

use yew::prelude::*;

use crate::msg::Msg;

/// What a button looks like and is called.
#[derive(Clone, Copy, Default)]
pub struct Button {
    /// What stands on it.
    pub text: &'static str,
    /// Its name in words, where a sign stands on it.
    pub name: Option<&'static str>,
    /// What is told when the pointer rests on it.
    pub title: Option<&'static str>,
    /// Its id, where something asks for it.
    pub id: Option<&'static str>,
    /// Its style class.
    pub class: Option<&'static str>,
    /// Whether it can do nothing now.
    pub disabled: bool,
    /// Whether it is pressed in, of one that stays so.
    pub pressed: Option<bool>,
}

impl Button {
    /// One with a word on it.
    pub fn word(text: &'static str) -> Button {
        Button {
            text,
            ..Button::default()
        }
    }

    /// One with a sign on it, which a name explains.
    pub fn sign(text: &'static str, name: &'static str) -> Button {
        Button {
            name: Some(name),
            title: Some(name),
            ..Button::word(text)
        }
    }

    /// One that closes something or goes away.
    pub fn cross(name: &'static str) -> Button {
        Button {
            class: Some("plain"),
            ..Button::sign("×", name)
        }
    }

    /// Draws it.
    pub fn draw(self, msg: Msg, on: &Callback<Msg>) -> Html {
        let onclick = on.reform(move |_| msg.clone());
        let pressed = self.pressed.map(|pressed| pressed.to_string());
        html! {
            <button type="button" id={self.id} class={self.class} aria-label={self.name} title={self.title} disabled={self.disabled}
                aria-pressed={pressed} {onclick}>{ self.text }</button>
        }
    }
}
