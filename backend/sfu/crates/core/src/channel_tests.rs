use super::*;

fn code(text: &str) -> Option<ErrorCode> {
    parse(text.as_bytes()).err().map(|error| error.code)
}

#[test]
fn both_kinds_of_want_are_read() {
    let auto = r#"{"v":1,"type":"want","revision":0,"mode":"auto","width":640,"height":360,"later":true}"#;
    let ClientMessage::Want(want) = parse(auto.as_bytes()).expect("a want");
    assert_eq!(want, Want { revision: 0, mode: WantMode::Auto { width: 640, height: 360 } });

    let explicit = r#"{"v":1,"type":"want","revision":3,"mode":"explicit","slots":[{"mid":"4","participantId":"ptc_1",
        "source":"screen","width":1280,"height":720,"priority":9}]}"#;
    let ClientMessage::Want(want) = parse(explicit.as_bytes()).expect("a want");
    let WantMode::Explicit { slots } = want.mode else { panic!("explicit") };
    assert_eq!((slots[0].source, slots[0].priority), (Source::Screen, 9));
}

#[test]
fn a_message_that_is_not_one_is_a_bad_message() {
    for text in
        ["", "[]", "{}", "{\"v\":1}", r#"{"v":1,"type":"dance"}"#, r#"{"v":1,"type":"want"}"#, "\u{0}"]
    {
        assert_eq!(code(text), Some(ErrorCode::BadMessage), "{text:?}");
    }
    let long = format!(
        r#"{{"v":1,"type":"want","revision":0,"mode":"auto","width":1,"height":1,"x":"{}"}}"#,
        "a".repeat(MAX_MESSAGE)
    );
    assert_eq!(code(&long), Some(ErrorCode::BadMessage));
}

#[test]
fn a_slot_named_twice_is_a_bad_message() {
    let slot = r#"{"mid":"4","participantId":"ptc_1","source":"camera","width":1,"height":1}"#;
    let text = format!(r#"{{"v":1,"type":"want","revision":1,"mode":"explicit","slots":[{slot},{slot}]}}"#);
    assert_eq!(code(&text), Some(ErrorCode::BadMessage));
}

#[test]
fn the_refusal_of_a_long_message_is_short() {
    let text = format!(r#"{{"v":1,"type":"{}"}}"#, "a".repeat(MAX_MESSAGE - 100));
    let error = parse(text.as_bytes()).expect_err("an unknown type");
    assert!(write(&ServerMessage::Error(error)).len() < 1000);
}

#[test]
fn another_version_asks_for_an_upgrade() {
    let text = r#"{"v":2,"type":"want","revision":0,"mode":"auto","width":1,"height":1}"#;
    assert_eq!(code(text), Some(ErrorCode::UpgradeRequired));
}

#[test]
fn messages_to_the_client_carry_version_type_and_camel_case() {
    let text = write(&ServerMessage::Bandwidth { available_bps: 7 });
    assert_eq!(text, r#"{"v":1,"type":"bandwidth","availableBps":7}"#);
    let text = write(&ServerMessage::Error(Error::new(ErrorCode::BadMessage, "no")));
    assert_eq!(text, r#"{"v":1,"type":"error","code":"bad_message","message":"no"}"#);
}
