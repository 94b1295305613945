"""The embedded desk: a throw-away database with a synthetic roster, a mail catcher and a role picker."""
