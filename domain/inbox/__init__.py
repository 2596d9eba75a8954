"""The sandbox inbox: what sandbox connections "delivered", rebuilt from versions and slots. It keeps nothing of its own."""
