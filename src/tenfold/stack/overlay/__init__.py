"""What is put over a project so that it runs on the stack unedited: settings, environment, commands."""
