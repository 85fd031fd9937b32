"""Messages of the wires as types. It opens no connection."""
