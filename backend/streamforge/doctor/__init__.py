"""Says in words what is wrong with this machine's setup and what to do. It repairs nothing.

`facts` looks at the machine, `checks` judges what it saw: pure, so that each verdict has its test.
"""
