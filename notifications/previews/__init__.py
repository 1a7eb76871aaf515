"""What pages say of themselves to which people link: asked for after the message was sent."""
