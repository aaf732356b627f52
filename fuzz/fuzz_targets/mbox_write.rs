//! What a variant accepts reads back the same; flags put in come out again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_mbox::read::{Options, Slice, Stream};
use tegu_mbox::write::{Writer, check};
use tegu_mbox::{Envelope, Flags, Variant, flags};

fuzz_target!(|data: &[u8]| {
    let [choice, rest @ ..] = data else { return };
    let variant =
        [Variant::Mboxrd, Variant::Mboxo, Variant::Mboxcl, Variant::Mboxcl2][usize::from(choice & 3)];
    let sender_length = rest.len().min(usize::from(choice >> 2));
    let (sender, rest) = rest.split_at(sender_length);
    let envelope = Envelope::new(&String::from_utf8_lossy(sender), Some(1_704_067_200));
    let mut writer = Writer::new(Vec::new(), variant);
    let mut expected = Vec::new();
    for message in rest.split_inclusive(|&byte| byte == 0x1e) {
        let accepted = writer.write(&envelope, message).is_ok();
        assert_eq!(accepted, check(variant, message).is_none());
        if accepted {
            expected.push(message.to_vec());
        }
    }
    let file = writer.into_inner();
    let mut read = Vec::new();
    for message in Slice::new(&file, Options::own(variant)) {
        let message = message.expect("what was written can be read");
        assert_eq!(message.envelope(), envelope);
        read.push(message.content().into_owned());
    }
    assert_eq!(read, expected);
    let mut stream = Stream::new(&file[..], Options::own(variant));
    let mut content = Vec::new();
    while stream
        .next_into(&mut content)
        .expect("what was written can be read")
        .is_some()
    {}
    assert_eq!(content, expected.concat());
    let mut copy = Writer::new(Vec::new(), Variant::Mboxrd);
    let mut again = Writer::new(Vec::new(), Variant::Mboxrd);
    for message in Slice::new(rest, Options::default()).flatten() {
        let copied = copy.copy(&message).is_ok();
        assert_eq!(
            again.write(&message.envelope(), &message.content()).is_ok(),
            copied
        );
    }
    assert_eq!(copy.into_inner(), again.into_inner());

    if !rest.starts_with(b" ") && !rest.starts_with(b"\t") {
        let file = Flags::default().embed(rest);
        assert_eq!(flags::extract(&file), (Flags::default(), rest.into()));
    }
});
